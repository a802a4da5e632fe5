public import Core
import OAuthServer
public import Ports

extension PageRequest {
    /// Where people type the code of a device (RFC 8628 §3.3).
    public static let devicePath = OAuthServer.devicePath

    /// The device that shows this code; a refusal where none waits for it.
    public func deviceQuestion(_ code: String) async throws -> Result<DeviceQuestion, HubError> {
        try await hub.oauth.deviceAnswers.question(code, to: try signedIn(), from: address, at: now)
    }

    /// Keeps the person's answer to the device that shows this code.
    public func answerDevice(_ code: String, allows: Bool) async throws -> Result<DeviceQuestion, HubError> {
        try await hub.oauth.deviceAnswers.answer(code, allows: allows, by: try signedIn(), from: address, cause)
    }
}
