import Core
import Ports
import Storage

// What the operations on credentials do.
extension Vault {
    func credentials(after name: String) async throws -> JSON {
        Paging.answer(try await database.read { try CredentialRows.page(after: name, in: $0) }.map(\.json))
    }

    func credential(_ idOrName: String) async throws -> JSON {
        try await database.read { reader in
            let credential = try CredentialRows.find(idOrName, in: reader)
            guard case .object(var members) = credential.json else { return credential.json }
            members["used_by"] = .array(try CredentialRows.users(of: credential.id, in: reader).map { .string($0) })
            return .object(members)
        }
    }

    func createCredential(_ request: OperationRequest) async throws -> JSON {
        let name = try Names.check(try request.required("name"))
        let secret = try CredentialSecret.check(try Self.secret(of: request))
        let cause = request.cause
        let credential = Credential(
            id: newID(), name: name, application: request.text("application") ?? "global",
            kind: try request.required("kind"), isActive: request.bool("active") ?? true, secretID: newID(),
            secretVersion: 1, expiresAt: request.time("expires_at"), order: request.int("order"),
            createdAt: cause.now, updatedAt: cause.now)
        let sealed = try envelope.seal(secret, at: credential.place(version: 1), SealingDice(effects))
        try await database.write(.change) { writer in
            guard try CredentialRows.insert(credential, in: writer) else { throw Names.taken("credential", name) }
            try SecretRows.insert(sealed, at: cause.now, in: writer)
            try writer.changed(credential.row, before: nil, after: credential.json, by: cause)
            try writer.record(
                Self.sealedEvent("credential", id: credential.id, name: name, version: 1, by: cause))
        }
        return credential.json
    }

    func updateCredential(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let name = try request.text("name").map(Names.check)
        let known = try await database.read { try CredentialRows.find(request.id, in: $0) }
        let sealed = try request.secrets["secret"].map { secret in
            try envelope.seal(
                try CredentialSecret.check(secret), at: known.place(version: known.secretVersion + 1),
                SealingDice(effects))
        }
        return try await database.write(.change) { writer in
            let before = try CredentialRows.find(known.id, in: writer)
            guard sealed == nil || before.secretVersion == known.secretVersion else {
                throw HubError(
                    .conflict, "changed_meanwhile",
                    "Credential \(before.name) got another secret at the same moment. Look at it and try again.")
            }
            var after = Self.changed(before, by: request, name: name)
            if let sealed { after.secretVersion = sealed.version }
            guard after != before else { return before.json }
            after.updatedAt = cause.now
            guard try CredentialRows.update(after, in: writer) else { throw Names.taken("credential", after.name) }
            try writer.changed(after.row, before: before.json, after: after.json, by: cause)
            if let sealed {
                try SecretRows.supersede(sealed, at: cause.now, in: writer)
                try writer.record(
                    Self.sealedEvent(
                        "credential", id: after.id, name: after.name, version: sealed.version, by: cause))
            }
            return after.json
        }
    }

    func deleteCredential(_ request: OperationRequest) async throws -> JSON {
        try await database.write(.change) { writer in
            let credential = try CredentialRows.find(request.id, in: writer)
            if let user = try CredentialRows.users(of: credential.id, in: writer).first {
                throw HubError(
                    .conflict, "credential_in_use",
                    "Credential \(credential.name) is used by connection \(user). "
                        + "Give the connection another credential first.")
            }
            try writer.run("DELETE FROM credential WHERE id = $1", [.text(credential.id)])
            try SecretRows.delete(credential.secretID, in: writer)
            try writer.changed(credential.row, before: credential.json, after: nil, by: request.cause)
            return .null
        }
    }

    private static func changed(_ before: Credential, by request: OperationRequest, name: String?) -> Credential {
        var after = before
        if let name { after.name = name }
        if let application = request.text("application") { after.application = application }
        if let active = request.bool("active") { after.isActive = active }
        if let order = request.int("order") { after.order = order }
        if request.bool("never_expires") == true { after.expiresAt = nil }
        if let expiresAt = request.time("expires_at") { after.expiresAt = expiresAt }
        return after
    }

    private static func secret(of request: OperationRequest) throws -> Secret {
        guard let secret = request.secrets["secret"] else {
            throw HubError(.invalid, "missing_field", "credential.create needs \"secret\".")
        }
        return secret
    }
}
