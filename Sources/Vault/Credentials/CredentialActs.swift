import Core
import Ports
import Storage

// What the operations on credentials do.
extension Vault {
    func credentials(after name: String, at now: Timestamp) async throws -> JSON {
        Paging.answer(
            try await database.read { reader in
                try CredentialRows.page(after: name, in: reader).map { try self.view($0, at: now, in: reader) }
            })
    }

    func credential(_ request: OperationRequest) async throws -> JSON {
        try await database.read { reader in
            try self.view(try CredentialRows.find(request.id, in: reader), at: request.cause.now, in: reader)
        }
    }

    func createCredential(_ request: OperationRequest) async throws -> JSON {
        let name = try Names.check(try request.required("name"))
        let kind = try SecretKind.named(try request.required("kind"))
        let settings = request.input["settings"]?.object ?? JSONObject()
        let secret = try Self.secret(of: request, kind, settings)
        try kind.checked(secret, settings, catalogue)
        let cause = request.cause
        var credential = Credential(
            id: newID(), name: name, application: request.text("application") ?? "global",
            kind: kind.word, isActive: request.bool("active") ?? true, secretID: newID(),
            secretVersion: 1, expiresAt: request.time("expires_at"), order: request.int("order"),
            maxAgeDays: request.int("max_age_days"), appliesTo: try Self.hubs(of: request) ?? [], createdAt: cause.now,
            updatedAt: cause.now, settings: settings)
        if let end = try kind.ends(settings, cause.now) { credential.expiresAt = min(credential.expiresAt ?? end, end) }
        if !settings.members.isEmpty { credential.settingsBinding = credential.binding(envelope) }
        let begun = credential
        let sealed = try envelope.seal(secret, at: credential.place(version: 1), SealingDice(effects))
        return try await database.write(.change) { writer in
            let made = try self.rotated(begun, from: nil, request, in: writer)
            guard try CredentialRows.insert(made, in: writer) else { throw Names.taken("credential", name) }
            try SecretRows.insert(sealed, at: cause.now, in: writer)
            try writer.changed(made.row, before: nil, after: made.json, by: cause)
            try writer.record(Self.sealedEvent("credential", id: made.id, name: name, version: 1, by: cause))
            try self.lead(to: made, request, in: writer)
            return made.json
        }
    }

    func updateCredential(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let name = try request.text("name").map(Names.check)
        let hubs = try Self.hubs(of: request)
        let (known, newest) = try await database.read { reader in
            let known = try CredentialRows.find(request.id, in: reader)
            return (known, try RotationRows.find(known, in: reader).machine.newest)
        }
        let kind = try SecretKind.named(known.kind)
        let settings = Self.merged(known.settings, request.input["settings"]?.object)
        if settings != nil || request.secrets["secret"] != nil {
            try kind.checked(request.secrets["secret"], settings ?? known.settings, catalogue)
        }
        if settings != nil, kind.settingsNeedSecret, request.secrets["secret"] == nil {
            throw HubError(
                .invalid, "missing_field",
                "credential.update needs \"secret\": a new certificate comes with its private key.")
        }
        if kind.settingsNeedSecret, request.bool("never_expires") == true {
            throw HubError(.invalid, "bad_field", "\"never_expires\" is not for a certificate: it says its end itself.")
        }
        let judged = settings ?? (request.time("expires_at") == nil ? nil : known.settings)
        let end = try judged.flatMap { try kind.ends($0, cause.now) }
        // The number of a successor that was dropped is not its own: what is kept of a rotation knows secrets by it.
        let sealed = try request.secrets["secret"].map { secret in
            try envelope.seal(secret, at: known.place(version: newest + 1), SealingDice(effects))
        }
        return try await database.write(.change) { writer in
            let before = try CredentialRows.find(known.id, in: writer)
            if let sealed {
                let numbers = try RotationRows.find(before, in: writer).machine
                guard before.secretVersion == known.secretVersion, numbers.newest < sealed.version else {
                    throw Self.changedMeanwhile(before)
                }
                try RotationRows.refuseOpen(before, in: writer)
            }
            var after = Self.changed(before, by: request, name: name)
            if let hubs { after.appliesTo = hubs }
            if let sealed { after.secretVersion = sealed.version }
            if let end { after.expiresAt = min(request.time("expires_at") ?? end, end) }
            if let settings {
                guard before.settings == known.settings else { throw Self.changedMeanwhile(before) }
                after.settings = settings
                after.settingsBinding = settings.members.isEmpty ? nil : after.binding(self.envelope)
            }
            after = try self.rotated(after, from: before, request, in: writer)
            if sealed != nil || request.bool("active") == true { try Self.release(before, by: cause, in: writer) }
            if sealed != nil || settings != nil { try GrantRows.tryAgain(before.id, in: writer) }
            if sealed != nil || after.rotateThrough == nil {
                try ProviderRotationRows.clearIdle(before.id, in: writer)
            }
            // RFC 9700 §4.4: a code must not go to an address that was set after the consent was begun.
            if settings != nil {
                try ConsentRows.deleteAll(of: before.id, in: writer)
                try RotationRows.forgetTest(before.id, in: writer)
            }
            try self.lead(to: after, request, in: writer)
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
            if let user = try ConnectionRows.sending(credential.id, in: writer).first {
                throw HubError(
                    .conflict, "credential_in_use",
                    "Credential \(credential.name) is used by connection \(user.name). "
                        + "Give the connection another credential first.")
            }
            try writer.run("DELETE FROM credential WHERE id = $1", [.text(credential.id)])
            try writer.run("DELETE FROM credential_refusal WHERE credential_id = $1", [.text(credential.id)])
            try RotationRows.delete(credential.id, in: writer)
            try ProviderRotationRows.delete(credential.id, in: writer)
            try ConsentRows.deleteAll(of: credential.id, in: writer)
            // What is to be given back to the provider keeps its secrets until that is done.
            if try !RevocationRows.begin(credential, by: request.cause, in: writer) {
                try SecretRows.delete(credential.secretID, in: writer)
            }
            try writer.changed(credential.row, before: credential.json, after: nil, by: request.cause)
            return .null
        }
    }

    private static func changed(_ before: Credential, by request: OperationRequest, name: String?) -> Credential {
        var after = before
        if let name { after.name = name }
        if let application = request.text("application") { after.application = application }
        if let active = request.bool("active") { after.isActive = active }
        if request.bool("any_order") == true { after.order = nil }
        if let order = request.int("order") { after.order = order }
        if request.bool("any_age") == true { after.maxAgeDays = nil }
        if let days = request.int("max_age_days") { after.maxAgeDays = days }
        if request.bool("never_expires") == true { after.expiresAt = nil }
        if let expiresAt = request.time("expires_at") { after.expiresAt = expiresAt }
        return after
    }

    /// The credential with the connection through which it is rotated, as the request says. Also where another client or
    /// host is set beside one: whose secret is made and taken away there is chosen with both.
    private func rotated(
        _ credential: Credential, from before: Credential?, _ request: OperationRequest, in reader: any SQLReader
    ) throws -> Credential {
        var after = credential
        if request.bool("by_hand") == true { after.rotateThrough = nil }
        if let wanted = request.text("rotate_through") {
            after.rotateThrough = try ConnectionRows.find(wanted, in: reader).id
        }
        guard let through = after.rotateThrough,
            through != before?.rotateThrough || after.settings != before?.settings
        else { return after }
        try Self.mayRotate(request.caller)
        _ = try client(of: after, rotatedThrough: try ConnectionRows.find(through, in: reader))
        return after
    }

    /// Lets the connection that an alias leads to use the credential, where the request names an alias.
    private func lead(to credential: Credential, _ request: OperationRequest, in writer: any SQLWriter) throws {
        guard let wanted = request.text("alias") else { return }
        let alias = try AliasRows.find(wanted, in: writer)
        guard let active = alias.activeConnectionID else {
            throw HubError(
                .conflict, "no_active_connection",
                "Alias \(alias.name) has no active connection yet. Create the credential without \"alias\", then a "
                    + "connection with it, and activate that.")
        }
        _ = try add(credential, to: try ConnectionRows.find(active, in: writer), request, in: writer)
    }

    /// The hubs that a request names, each once; nil when it names none.
    private static func hubs(of request: OperationRequest) throws -> [String]? {
        guard let given = request.texts("applies_to") else { return nil }
        for name in given where name.utf8.count != 32 || Hex.decode(name) == nil {
            throw HubError(
                .invalid, "bad_hub",
                "\"applies_to\" must list names of hubs: the 32 digits in each hub's file hub.id. An empty list is all."
            )
        }
        return Set(given).sorted(by: Names.precede)
    }

    static func changedMeanwhile(_ credential: Credential) -> HubError {
        HubError(
            .conflict, "changed_meanwhile",
            "Credential \(credential.name) was changed at the same moment. Look at it and try again.")
    }

    /// The settings with those of the request in place of the old ones; nil when it names none.
    private static func merged(_ known: JSONObject, _ given: JSONObject?) -> JSONObject? {
        guard let given else { return nil }
        var merged = known
        for member in given.members { merged[member.name] = member.value == .null ? JSON?.none : member.value }
        return merged
    }

    /// The secret of a request; nothing where the kind has none under these settings.
    private static func secret(
        of request: OperationRequest, _ kind: SecretKind, _ settings: JSONObject
    ) throws -> Secret {
        if let secret = request.secrets["secret"] { return secret }
        guard !kind.hasSecret(settings) else {
            throw HubError(
                .invalid, "missing_field",
                "credential.create needs \"secret\": the secret, as the outside system issued it.")
        }
        return Secret([])
    }
}
