/// What a person is asked to allow a device.
public struct DeviceQuestion: Sendable {
    /// The client's name.
    public let client: String
    /// Who is signed in.
    public let user: String
    /// The scopes asked for, each with its purpose; empty where none is written.
    public let scopes: [(name: String, says: String)]
    /// What the device shows, such as `WDJB-MJHT`.
    public let code: String

    /// States a question.
    public init(client: String, user: String, scopes: [(name: String, says: String)], code: String) {
        self.client = client
        self.user = user
        self.scopes = scopes
        self.code = code
    }
}
