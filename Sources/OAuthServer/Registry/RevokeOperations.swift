import AuditTrail
import Core
import Ports
import Storage

extension OAuthServer {
    var revokeOperations: [Operation] { [revokeTokensOfClient, revokeToken] }

    private var revokeTokensOfClient: Operation {
        Operation(
            "client", .act("revoke-tokens"), roles: Self.writers,
            says: "Ends all tokens and codes a client has at this moment. It can ask for new ones."
        ) { [database] request in
            try await database.write(.change) { writer in
                let client = try ClientStore.get(request.id, in: writer)
                // One row however many tokens: a token of an older epoch is revoked.
                try writer.run("UPDATE client SET epoch = epoch + 1 WHERE id = $1", [.text(client.id.rawValue)])
                try writer.run(
                    "DELETE FROM authorization_code WHERE client_ref = $1 AND family IS NULL",
                    [.text(client.id.rawValue)])
                try DeviceStore.forget(client.id, in: writer)
                try writer.record(AuditEvent(.tokenRevoked, on: client.target, by: request.cause))
                return ["client": .string(client.name), "revoked": true]
            }
        }
    }

    private var revokeToken: Operation {
        Operation(
            "token", .actOnAll("revoke"), roles: [.oauthAdmin],
            says: "Ends one token. Says whether there was anything to end.",
            fields: [.required("token", .secret(most: Limits.tokenBytes.value), "The token's text.")]
        ) { [database] request in
            let text = request.secrets["token"]?.reveal { String(validating: $0, as: UTF8.self) }
            guard let token = text.flatMap({ $0 }).flatMap(AccessToken.init) else { return ["revoked": false] }
            let now = request.cause.now
            return try await database.write(.change) { writer in
                guard let owner = try TokenStore.revoke(token.place, of: nil, at: now, in: writer)?.rawValue else {
                    return ["revoked": false]
                }
                let client = try ClientStore.find(owner, in: writer)
                try writer.record(
                    AuditEvent(
                        .tokenRevoked, on: client?.target ?? .init("client", id: owner, name: "-"), by: request.cause),
                    changing: .token(token.hash))
                return ["revoked": true, "client": client.map { .string($0.name) } ?? .null]
            }
        }
    }
}
