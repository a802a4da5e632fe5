import Core
import Keys
import Ports
import Spokes
import Storage
import Vault

/// Seals what makes a client of a set-up, by the operations on credentials: with their checks and events.
struct SealingDesk: Sendable {
    /// The client id of a credential whose client is still to be made: the key is sealed before anybody hears of it.
    static let notMade = "not-made-yet"

    let parts: Parts
    let caller: Principal
    let cause: Cause

    private func operation(_ name: String) throws -> Operation {
        guard let operation = parts.vault.operations.first(where: { $0.name == name }) else {
            throw HubError(.internal, "no_operation", "Internal error.", detail: name)
        }
        return operation
    }

    /// Throws `credential_admin_needed` before anything is done.
    func requireRight() throws {
        guard try caller.hasAny(operation("credential.create").roles.map(\.rawValue)) else {
            throw HubError(
                .forbidden, "credential_admin_needed",
                "This plan seals what makes a client here, which takes the role credential_admin. Let somebody apply it "
                    + "who has both roles.")
        }
    }

    static func taken(_ intent: ConnectionApply.Intent) -> HubError {
        HubError(
            .conflict, "credential_taken",
            "Credential \(intent.sealAs) is in use for something else. Name another one in \"seal_as\".")
    }

    /// - Parameter settings: what the spoke's file says that the client's credential is.
    func keeper(of intent: ConnectionApply.Intent, _ settings: JSONObject) -> SetUpKeeper {
        SetUpKeeper(
            key: { try await sealKey(intent, settings) },
            client: { client, secret in try await keep(client, secret, intent, settings) })
    }

    /// Makes a key pair, and seals it before its public half goes anywhere: a run that ends behind this leaves no client
    /// whose key nobody has.
    private func sealKey(_ intent: ConnectionApply.Intent, _ settings: JSONObject) async throws -> JSON {
        guard try await named(intent) == intent.named else { throw Self.taken(intent) }
        let key = try JWSPrivateKey.make(.es256)
        var own = settings
        own["client_id"] = .string(Self.notMade)
        own["key_id"] = .string(key.publicKey.thumbprint)
        try await put(own, key.pem, intent, isNew: intent.named == nil)
        return key.publicKey.jwk
    }

    private func keep(
        _ client: String, _ secret: Secret?, _ intent: ConnectionApply.Intent, _ settings: JSONObject
    ) async throws {
        let named = try await named(intent)
        var own = settings
        if secret == nil {
            guard let key = named?.publicKey else { throw Self.taken(intent) }
            own["key_id"] = key["kid"]
        } else {
            guard named == intent.named else { throw Self.taken(intent) }
        }
        own["client_id"] = .string(client)
        try await put(own, secret, intent, isNew: named == nil)
    }

    /// The client under that name at this moment: the plan's answer may be minutes old, and so may the right.
    private func named(_ intent: ConnectionApply.Intent) async throws -> NamedClient? {
        try requireRight()
        let named = try await parts.database.read { [vault = parts.vault] reader in
            try vault.client(ofCredential: intent.sealAs, in: reader)
        }
        guard intent.maySeal(named) else { throw Self.taken(intent) }
        return named
    }

    private func put(
        _ own: JSONObject, _ secret: Secret?, _ intent: ConnectionApply.Intent, isNew: Bool
    ) async throws {
        var settings = own
        settings["spoke"] = .string(intent.connection.spoke)
        settings["url"] = .string(intent.connection.url)
        settings["scopes"] = .texts(intent.scopes)
        // Nobody consents for a service app: what was expected of the credential before goes.
        if intent.wish.account != nil || !isNew { settings["expected_owner"] = intent.account }
        if intent.connection.url.hasPrefix("http:") { settings["allow_loopback_http"] = true }
        var input: JSONObject = ["settings": .object(settings)]
        if isNew {
            input["name"] = .string(intent.sealAs)
            input["kind"] = "oauth"
        }
        let operation = try operation(isNew ? "credential.create" : "credential.update")
        _ = try await operation.run(
            OperationRequest(
                id: isNew ? "" : intent.sealAs, input: input, secrets: secret.map { ["secret": $0] } ?? [:],
                caller: caller, cause: cause))
    }
}
