import AuditTrail
import Core
import Keys
import Ports
import Storage

extension OAuthServer {
    var secretOperations: [Operation] { [addSecret, removeSecret] }

    private var addSecret: Operation {
        Operation(
            "client", .act("add-secret"), roles: Self.writers,
            says: "Makes a secret for a client and shows it this once; only its hash is kept.",
            fields: [.optional("until", .time, "When it stops working; never if left out.")]
        ) { [database, effects] request in
            let now = request.cause.now
            let until = request.time("until")
            try Self.mustLieAhead(until, of: now)
            try await self.mayWiden(request)
            let text = MachineSecret.new(.clientSecret, effects)
            let secret = ClientSecret(
                id: ID<ClientSecret>.new(effects).rawValue, hash: MachineSecret.hash(text), createdAt: now,
                until: until, lastUsedAt: nil)
            let client = try await database.write(.change) { writer in
                let client = try ClientStore.get(request.id, in: writer)
                guard !client.settings.isPublic else {
                    throw HubError(
                        .conflict, "public_client",
                        "Client \(client.name) is public and needs no secret. If it can keep one, set public to false.")
                }
                try Self.insert(secret, of: client, at: now, in: writer)
                var details: [AuditEvent.Key: String] = [.keyID: secret.id]
                if let until { details[.until] = until.rfc3339 }
                try writer.record(AuditEvent(.secretAdded, on: client.target, by: request.cause, details))
                return client
            }
            return [
                "id": .string(secret.id), "client": .string(client.name), "client_id": .string(client.publicID),
                "client_secret": .string(text.reveal { String(decoding: $0, as: UTF8.self) }),
                "until": until.map { .string($0.rfc3339) } ?? .null,
            ]
        }
    }

    private var removeSecret: Operation {
        Operation(
            "client", .act("remove-secret"), roles: Self.writers,
            says: "Ends a client's secret, at once or at a moment ahead. Tokens it got live on: see revoke-tokens.",
            fields: [
                .required("secret", .text(most: 32), "The secret's id, as client get shows it."),
                .optional("until", .time, "When it stops working; at once if left out."),
            ]
        ) { [database] request in
            let id = try request.required("secret")
            let until = request.time("until")
            try Self.mustLieAhead(until, of: request.cause.now)
            let client = try await database.write(.change) { writer in
                let client = try ClientStore.get(request.id, in: writer)
                guard try Self.end(id, of: client, at: until, in: writer) else {
                    throw HubError(
                        .notFound, "unknown_secret",
                        "Client \(client.name) has no secret of that id. client get shows those it has.")
                }
                let details: [AuditEvent.Key: String] = [
                    .keyID: id, .until: (until ?? request.cause.now).rfc3339,
                ]
                try writer.record(AuditEvent(.secretWithdrawn, on: client.target, by: request.cause, details))
                return try ClientStore.get(client.id.rawValue, in: writer)
            }
            return try await self.shown(client, at: request.cause.now)
        }
    }

    private static func mustLieAhead(_ until: Timestamp?, of now: Timestamp) throws {
        guard let until, until <= now else { return }
        throw HubError(
            .invalid, "until_past", "\"until\" must lie ahead. Leave it out or choose a later moment.")
    }

    /// Secrets that ended make room first.
    private static func insert(
        _ secret: ClientSecret, of client: Client, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let owner = SQLValue.text(client.id.rawValue)
        try writer.run(
            "DELETE FROM client_secret WHERE client_ref = $1 AND until <= $2", [owner, .int(now.epochMilliseconds)])
        let kept = client.secrets.count { $0.counts(at: now) }
        guard kept < Limits.clientSecrets.value else {
            throw HubError(
                .conflict, "too_many_secrets",
                "Client \(client.name) has \(kept) secrets. Remove one with client remove-secret first.")
        }
        try writer.run(
            "INSERT INTO client_secret (id, client_ref, hash, created_at, until) VALUES ($1, $2, $3, $4, $5)",
            [
                .text(secret.id), owner, .blob(secret.hash), .int(secret.createdAt.epochMilliseconds),
                .optional(secret.until?.epochMilliseconds),
            ])
    }

    /// Ends a secret now, or sets the moment of its end; false when the client has none of that id.
    private static func end(
        _ id: String, of client: Client, at until: Timestamp?, in writer: any SQLWriter
    ) throws -> Bool {
        let names: [SQLValue] = [.text(id), .text(client.id.rawValue)]
        guard let until else {
            return try writer.run("DELETE FROM client_secret WHERE id = $1 AND client_ref = $2", names) == 1
        }
        return try writer.run(
            "UPDATE client_secret SET until = $3 WHERE id = $1 AND client_ref = $2",
            names + [.int(until.epochMilliseconds)]) == 1
    }
}
