public import Core
import Storage

extension Identity {
    /// When the user of a session proved who they are; nil for a session that is not there.
    public func signedInAt(_ session: SessionID) async throws -> Timestamp? {
        try await database.read { reader in
            try reader.row("SELECT begun_at FROM user_session WHERE id = $1", [.text(session.rawValue)])?
                .optionalMoment("begun_at")
        }
    }
}
