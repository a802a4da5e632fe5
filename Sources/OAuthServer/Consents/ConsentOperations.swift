import AuditTrail
public import Core
import Ports
import Storage

extension OAuthServer {
    var consentOperations: [Operation] { [listConsents, withdrawConsent] }

    private var listConsents: Operation {
        Operation(
            "consent", .list, roles: [.oauthAdmin, .auditor],
            says: "Lists what people have allowed applications and are not asked again.",
            fields: [
                .optional("user", .text(most: Limits.nameField.value), "Only those of this user."),
                .optional("client", .text(most: Limits.nameField.value), "Only those for this client."), Paging.after,
            ]
        ) { [database] request in
            let now = request.cause.now
            var user: UserID?
            if let name = request.text("user") {
                guard let found = try await self.users.user(name, at: now) else {
                    throw HubError(
                        .notFound, "unknown_user",
                        "There is no user \"\(Shown.name(name))\". See: linchpin user list")
                }
                user = found.id
            }
            let (id, after, name) = (user, request.text("after") ?? "", request.text("client"))
            let consents = try await database.read { reader in
                let client = try name.map { try ClientStore.get($0, in: reader).id }
                return try ConsentStore.page(after: after, user: id, client: client, at: now, in: reader)
            }
            return Paging.answer(try await self.shown(consents, at: now), by: "id")
        }
    }

    private var withdrawConsent: Operation {
        Operation(
            "consent", .delete, roles: [.oauthAdmin],
            says: "Withdraws what a person has allowed an application; the next request asks anew."
        ) { request in
            try await self.withdraw(request.id, of: nil, by: request.cause)
            return .null
        }
    }

    /// What one person has allowed, whatever roles they have; at most `Limits.pageRows`.
    public func consents(of user: UserID, at now: Timestamp) async throws -> [JSON] {
        let own = try await database.read { reader in
            try ConsentStore.page(after: "", user: user, client: nil, at: now, in: reader)
        }
        return try await shown(own, at: now)
    }

    /// Withdraws a consent, of that person alone or, where nobody is named, of anybody.
    ///
    /// Throws `HubError` of kind `notFound` for one that is not there, or is another person's.
    public func withdraw(_ id: String, of user: UserID?, by cause: Cause) async throws {
        let owner = try await database.read { try ConsentStore.user(of: id, in: $0) }
        let name = try await users.user(owner ?? "", at: cause.now)?.name ?? owner ?? "-"
        try await database.write(.change) { writer in
            guard let ended = try ConsentStore.withdraw(id, of: user, in: writer) else {
                throw HubError(
                    .notFound, "unknown_consent", "There is no consent of this id. See: linchpin consent list")
            }
            // What came of it goes with it: the tokens and their renewals.
            try FamilyStore.endAll(of: ended.client, by: ended.user, at: cause.now, in: writer)
            let client = try ClientStore.find(ended.client.rawValue, in: writer)
            try writer.record(
                AuditEvent(
                    .consentWithdrawn, on: client?.target ?? .init("client", id: ended.client.rawValue, name: "-"),
                    by: cause, [.user: name, .scope: ended.scopes]))
        }
    }

    private func shown(_ consents: [GivenConsent], at now: Timestamp) async throws -> [JSON] {
        var names: [UserID: String] = [:]
        for user in Set(consents.map(\.user)) { names[user] = try await users.user(user.rawValue, at: now)?.name }
        return consents.map { $0.json(userName: names[$0.user]) }
    }
}
