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
            fields: [.optional("until", .time, "When it stops working; as the client's policy says if left out.")]
        ) { [database, effects] request in
            let now = request.cause.now
            let until = request.time("until")
            try Self.mustLieAhead(until, of: now)
            try await self.mayWiden(request)
            let text = MachineSecret.new(.clientSecret, effects)
            let (id, hash) = (ID<ClientSecret>.new(effects).rawValue, MachineSecret.hash(text))
            let (client, end) = try await database.write(.change) { writer in
                let client = try ClientStore.get(request.id, in: writer)
                guard !client.settings.isPublic else {
                    throw HubError(
                        .conflict, "public_client",
                        "Client \(client.name) is public and needs no secret. If it can keep one, set public to false.")
                }
                let end = try Self.end(until, by: client.settings.secrets, at: now)
                let secret = ClientSecret(id: id, hash: hash, createdAt: now, until: end, lastUsedAt: nil)
                try Self.insert(secret, of: client, at: now, in: writer)
                var details: [AuditEvent.Key: String] = [.keyID: secret.id]
                if let end { details[.until] = end.rfc3339 }
                try writer.record(AuditEvent(.secretAdded, on: client.target, by: request.cause, details))
                try Self.overlap(client, by: request.cause, in: writer)
                return (client, end)
            }
            return [
                "id": .string(id), "client": .string(client.name), "client_id": .string(client.publicID),
                "client_secret": .string(text.reveal { String(decoding: $0, as: UTF8.self) }),
                "until": end.map { .string($0.rfc3339) } ?? .null,
            ]
        }
    }

    /// The end of a new secret: what was asked for, as far as the policy lets it.
    private static func end(_ asked: Timestamp?, by policy: SecretPolicy, at now: Timestamp) throws -> Timestamp? {
        guard let last = policy.end(of: now) else { return asked }
        guard let asked else { return last }
        guard asked <= last else {
            throw HubError(
                .invalid, "secret_too_long",
                "\"until\" must not lie behind \(last.rfc3339), the end by the client's secret_days. Choose it sooner.")
        }
        return asked
    }

    /// Gives the secrets that were there before an end, as far as the policy says and they have no sooner one.
    private static func overlap(_ client: Client, by cause: Cause, in writer: any SQLWriter) throws {
        guard let seconds = client.settings.secrets.overlapSeconds else { return }
        let end = cause.now.adding(seconds: seconds)
        for old in client.secrets where old.counts(at: cause.now) && old.counts(at: end) {
            guard try Self.end(old.id, of: client, at: end, in: writer) else { continue }
            let details: [AuditEvent.Key: String] = [.keyID: old.id, .until: end.rfc3339]
            try writer.record(AuditEvent(.secretWithdrawn, on: client.target, by: cause, details))
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
                // Else the client would make itself the next one.
                try ClientRegistrationStore.forget(client.id, in: writer)
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
    static func insert(
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
