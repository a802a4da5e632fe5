import Core
import Storage

/// What a client that registered itself may change of itself: what its initial access token allowed.
struct ClientRegistration: Sendable {
    let client: ClientID
    /// Of its registration access token (RFC 7592 §1.2).
    let hash: [UInt8]
    let user: UserID
    let scopes: [String]
    let grants: Set<String>
    /// `token_endpoint_auth_method`.
    let method: String
}

/// The table `client_registration`.
enum ClientRegistrationStore {
    static func put(_ registration: ClientRegistration, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO client_registration (client_ref, hash, user_id, scopes, grants, method)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_ref) DO UPDATE SET method = excluded.method
            """,
            [
                .text(registration.client.rawValue), .blob(registration.hash), .text(registration.user.rawValue),
                .text(registration.scopes.joined(separator: " ")),
                .text(registration.grants.sorted().joined(separator: " ")), .text(registration.method),
            ])
    }

    /// An administrator decides for this client from now on: its registration access token counts no more.
    static func forget(_ client: ClientID, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM client_registration WHERE client_ref = $1", [.text(client.rawValue)])
    }

    static func find(_ hash: [UInt8], in reader: any SQLReader) throws -> ClientRegistration? {
        try reader.row(
            "SELECT client_ref, hash, user_id, scopes, grants, method FROM client_registration WHERE hash = $1",
            [.blob(hash)]
        ).map { row in
            ClientRegistration(
                client: ClientID(try row.text("client_ref")), hash: try row.blob("hash"),
                user: UserID(try row.text("user_id")),
                scopes: try row.text("scopes").split(separator: " ").map(String.init),
                grants: Set(try row.text("grants").split(separator: " ").map(String.init)),
                method: try row.text("method"))
        }
    }
}
