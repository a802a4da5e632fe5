import Core
import Ports

/// Stands where a call may have no credential but those that it was given.
struct NoOtherCredential: CredentialSource {
    func resolve(alias: String) async throws -> ResolvedConnection {
        throw HubError(.internal, "no_alias", "Internal error.", detail: "such a call goes through no alias")
    }

    /// A refusal is answered to whoever gave the credential; there is nothing to rest.
    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws {}
}
