import AuditTrail
import Core
import Ports
import Storage

// What the operations on connections do.
extension Vault {
    func connections(after name: String, at now: Timestamp) async throws -> JSON {
        try await database.read { reader in
            let views = try ConnectionRows.page(after: name, in: reader)
                .map { try ConnectionView($0, self, at: now, in: reader) }
            return Paging.answer(views.map { $0.json(self.catalogue) })
        }
    }

    func connection(_ request: OperationRequest) async throws -> JSON {
        try await database.read { try self.view(try ConnectionRows.find(request.id, in: $0), request.cause, in: $0) }
    }

    func createConnection(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let name = try Names.check(try request.required("name"))
        let rules = try ConnectionRules(try request.required("spoke"), catalogue)
        let actions = try rules.actions(request.texts("actions") ?? [])
        let allows = request.bool("allow_loopback_http") ?? false
        let url = try ConnectionRules.address(try request.required("url"), allowsLoopbackHTTP: allows)
        let wanted = Self.credentials(of: request) ?? []
        let id = newID()
        let password = try sealedProxyPassword(request, of: id)
        let passage = try PassageRules(request: request).applied(
            to: .plain, url: url, allowsLoopbackHTTP: allows, passwordID: password?.id)
        return try await database.write(.change) { writer in
            let credentials = try rules.credentials(wanted, in: writer)
            let connection = Connection(
                id: id, name: name, application: request.text("application") ?? "global", spoke: rules.spoke,
                url: url, allowsLoopbackHTTP: allows, needsApproval: request.bool("needs_approval") ?? false,
                callsPerMinute: Self.bound(request.int("calls_per_minute")),
                credentialIDs: credentials.map(\.id).sorted(by: Names.precede), actions: actions, passage: passage,
                createdAt: cause.now, updatedAt: cause.now)
            for credential in credentials { try self.mayPair(connection, credential, request.caller, in: writer) }
            guard
                try ConnectionRows.insert(connection, binding: connection.binding(self.envelope), in: writer)
            else { throw Names.taken("connection", name) }
            try writer.changed(connection.row, before: nil, after: connection.json, by: cause)
            try self.keep(password, of: connection, by: cause, in: writer)
            for action in actions { try writer.record(Self.actionEvent(action, on: connection, true, by: cause)) }
            return try self.view(connection, cause, in: writer)
        }
    }

    func updateConnection(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let name = try request.text("name").map(Names.check)
        let catalogue = catalogue
        let known = try await database.read { try ConnectionRows.find(request.id, in: $0) }
        let password = try sealedProxyPassword(request, of: known.id)
        return try await database.write(.change) { writer in
            let before = try ConnectionRows.find(known.id, in: writer)
            let isBound = try ConnectionRows.isBound(before, self.envelope, in: writer)
            let namesAll =
                request.text("url") != nil && request.texts("actions") != nil && request.bool("needs_approval") != nil
                && PassageRules(request: request).statesAll
            guard isBound || namesAll && Self.credentials(of: request) != nil else { throw before.changedOutside }
            var after = before
            if let name { after.name = name }
            if let application = request.text("application") { after.application = application }
            try Self.changeDestination(&after, by: request, catalogue, in: writer)
            after.passage = try PassageRules(request: request).applied(
                to: isBound ? before.passage : .plain, url: after.url, allowsLoopbackHTTP: after.allowsLoopbackHTTP,
                passwordID: password?.id)
            let shown = try self.view(before, cause, in: writer)
            guard after != before || !isBound else { return Self.withLost(shown, since: shown) }
            for id in after.credentialIDs {
                let credential = try CredentialRows.find(id, in: writer)
                try self.mayPair(after, credential, request.caller, in: writer)
            }
            after.updatedAt = cause.now
            try RevocationRows.leave(before, for: after, in: writer)
            guard try ConnectionRows.update(after, binding: after.binding(self.envelope), in: writer) else {
                throw Names.taken("connection", after.name)
            }
            try writer.changed(after.row, before: before.json, after: after.json, by: cause)
            if isBound, let old = before.passage.proxy?.passwordID, old != after.passage.proxy?.passwordID {
                try SecretRows.delete(old, in: writer)
            }
            try self.keep(password, of: after, by: cause, in: writer)
            for action in after.actions where try ConnectionRows.enable(action, on: after.id, in: writer) {
                try writer.record(Self.actionEvent(action, on: after, true, by: cause))
            }
            for action in Set(before.actions).subtracting(after.actions).sorted() {
                if try ConnectionRows.disable(action, on: after.id, in: writer) {
                    try writer.record(Self.actionEvent(action, on: after, false, by: cause))
                }
            }
            return Self.withLost(try self.view(after, cause, in: writer), since: shown)
        }
    }

    /// A connection as an update answers it, with what its lists hold no longer.
    private static func withLost(_ after: JSON, since before: JSON) -> JSON {
        func lists(_ shown: JSON) -> JSONObject {
            JSONObject(
                unique: (shown.object?.members ?? []).filter {
                    ["credentials", "actions", "pins", "trusts"].contains($0.name)
                })
        }
        var answer = after.object ?? JSONObject()
        answer["no_longer"] = .object(lists(after).noLonger(since: lists(before)))
        return .object(answer)
    }

    func deleteConnection(_ request: OperationRequest) async throws -> JSON {
        try await database.write(.change) { writer in
            let connection = try ConnectionRows.find(request.id, in: writer)
            if let alias = try AliasRows.using(connection.id, in: writer).first {
                throw HubError(
                    .conflict, "connection_in_use",
                    "Connection \(connection.name) is used by alias \(alias.name). "
                        + "Delete the alias (linchpin alias delete \(alias.name)), or lead it elsewhere and take this one out: "
                        + "linchpin alias remove-connection \(alias.name) \(connection.name)")
            }
            if let rotated = try ProviderRotationRows.user(ofConnection: connection.id, in: writer) {
                throw HubError(
                    .conflict, "connection_in_use",
                    "Credential \(rotated) is rotated through connection \(connection.name). Name another one first: "
                        + "linchpin credential update \(rotated) --rotate-through NAME")
            }
            if try ConnectionRows.isBound(connection, self.envelope, in: writer),
                let password = connection.passage.proxy?.passwordID
            {
                try SecretRows.delete(password, in: writer)
            }
            try RevocationRows.leave(connection, for: nil, in: writer)
            try ConnectionRows.delete(connection.id, in: writer)
            try writer.changed(connection.row, before: connection.json, after: nil, by: request.cause)
            return .null
        }
    }

    /// Enabling asks the spoke; disabling takes anything that is on, so that leftovers of an older spoke can go.
    func setAction(_ request: OperationRequest, enabled: Bool) async throws -> JSON {
        let cause = request.cause
        let given = try request.required("action")
        let catalogue = catalogue
        return try await database.write(.change) { writer in
            let before = try ConnectionRows.find(request.id, in: writer)
            // One that was changed outside stays unbound, and can only lose actions.
            let isBound = try ConnectionRows.isBound(before, self.envelope, in: writer)
            guard isBound || !enabled else { throw before.changedOutside }
            var action = given
            if enabled || !before.actions.contains(where: { $0.isExactly(given) }) {
                action = try ConnectionRules(before.spoke, catalogue).actions([given])[0]
            }
            let changed =
                enabled
                ? try ConnectionRows.enable(action, on: before.id, in: writer)
                : try ConnectionRows.disable(action, on: before.id, in: writer)
            let after = try ConnectionRows.find(before.id, in: writer)
            if changed {
                if isBound { try ConnectionRows.rebind(after, self.envelope, in: writer) }
                try writer.changed(after.row, before: before.json, after: after.json, by: cause)
                try writer.record(Self.actionEvent(action, on: after, enabled, by: cause))
            }
            return try self.view(after, cause, in: writer)
        }
    }

    func view(_ connection: Connection, _ cause: Cause, in reader: any SQLReader) throws -> JSON {
        try ConnectionView(connection, self, at: cause.now, in: reader).json(catalogue)
    }

    /// The proxy's password of a request; a new one is a new secret.
    private func sealedProxyPassword(_ request: OperationRequest, of connectionID: String) throws -> SealedSecret? {
        try request.secrets["proxy_password"].map { password in
            try SecretText.line(password, field: "proxy_password")
            return try envelope.seal(
                password, at: ConnectionPassage.place(newID(), of: connectionID), SealingDice(effects))
        }
    }

    private func keep(
        _ password: SealedSecret?, of connection: Connection, by cause: Cause, in writer: any SQLWriter
    ) throws {
        guard let password else { return }
        try SecretRows.insert(password, at: cause.now, in: writer)
        try writer.record(
            Self.sealedEvent("connection", id: connection.id, name: connection.name, version: 1, by: cause))
    }

    /// The credentials that a request names, as a list or as one.
    private static func credentials(of request: OperationRequest) -> [String]? {
        request.texts("credentials") ?? request.text("credential").map { [$0] }
    }

    private static func changeDestination(
        _ connection: inout Connection, by request: OperationRequest, _ catalogue: any ActionCatalogue,
        in reader: any SQLReader
    ) throws {
        if let allows = request.bool("allow_loopback_http") { connection.allowsLoopbackHTTP = allows }
        if let needs = request.bool("needs_approval") { connection.needsApproval = needs }
        if let calls = request.int("calls_per_minute") { connection.callsPerMinute = Self.bound(calls) }
        connection.url = try ConnectionRules.address(
            request.text("url") ?? connection.url, allowsLoopbackHTTP: connection.allowsLoopbackHTTP)
        if let actions = request.texts("actions") {
            connection.actions = try ConnectionRules(connection.spoke, catalogue).actions(actions)
        }
        if let wanted = credentials(of: request) {
            let found = try ConnectionRules(connection.spoke, catalogue).credentials(wanted, in: reader)
            connection.credentialIDs = found.map(\.id).sorted(by: Names.precede)
        }
    }

    /// Calls a minute; 0 takes the bound away.
    private static func bound(_ calls: Int64?) -> Int64? { calls == 0 ? nil : calls }

    private static func actionEvent(
        _ action: String, on connection: Connection, _ enabled: Bool, by cause: Cause
    ) -> AuditEvent {
        AuditEvent(
            enabled ? .actionEnabled : .actionDisabled,
            on: .init("connection", id: connection.id, name: connection.name), by: cause,
            [.action: ActionName(spoke: connection.spoke, key: action).description])
    }
}
