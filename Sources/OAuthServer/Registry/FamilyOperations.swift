import AuditTrail
import Core
import Ports
import Storage

extension OAuthServer {
    var familyOperations: [Operation] { [listFamilies, getFamily, endFamily] }

    private var listFamilies: Operation {
        Operation(
            "refresh-family", .list, roles: [.oauthAdmin, .auditor],
            says: "Lists refresh families that have not ended, each of which is what a person allowed an application. "
                + "Those that go on longest come first; a token's text is never shown.",
            fields: [
                .optional("client", .text(most: Limits.nameField.value), "Only those of this client."),
                .optional("user", .text(most: Limits.nameField.value), "Only those of this user."), Paging.after,
            ]
        ) { [database] request in
            let now = request.cause.now
            var user: UserID?
            if let name = request.text("user") { user = try await self.tokenUser(name, at: now).id }
            let after = try request.text("after").map { try Self.place($0, FamilyMark.init) }
            let (owner, name) = (user, request.text("client"))
            let (places, found) = try await database.read { reader in
                let selection = try TokenSelection(owner, client: name, in: reader)
                let places = try FamilyStore.page(selection, after: after, at: now, in: reader)
                return (places, try places.compactMap { try FamilyStore.listed($0.id, in: reader) })
            }
            var answer: JSONObject = ["items": .array(try await self.shown(found, at: now))]
            if places.count == Limits.pageRows.value, let last = places.last { answer["next"] = .string(last.text) }
            return .object(answer)
        }
    }

    private var getFamily: Operation {
        Operation(
            "refresh-family", .get, roles: [.oauthAdmin, .auditor],
            says: "Shows a refresh family, also one that ended, for as long as its row stays; never a token's text."
        ) { [database] request in
            let found = try await database.read { try Self.family(request.id, in: $0) }
            return try await self.shown([found], at: request.cause.now)[0]
        }
    }

    private var endFamily: Operation {
        Operation(
            "refresh-family", .delete, roles: [.oauthAdmin],
            says: "Ends a refresh family: its refresh tokens and its access tokens count no more. "
                + "The consent stays; withdraw it, and the person is asked again."
        ) { [database] request in
            let now = request.cause.now
            let user = try await database.read { try Self.family(request.id, in: $0).family.user }
            let name = try await self.users.user(user.rawValue, at: now)?.name ?? user.rawValue
            try await database.write(.change) { writer in
                let family = try Self.family(request.id, in: writer).family
                guard try FamilyStore.end(family.id, at: now, in: writer) else { return }
                let client = try ClientStore.get(family.client.rawValue, in: writer)
                try writer.record(
                    AuditEvent(
                        .tokenRevoked, on: client.target, by: request.cause,
                        [.user: name, .scope: family.scopes.joined(separator: " ")]), changing: nil)
            }
            return .null
        }
    }

    private static func family(_ id: String, in reader: any SQLReader) throws -> ListedFamily {
        guard let found = try FamilyStore.listed(id, in: reader) else {
            throw HubError(
                .notFound, "unknown_refresh_family",
                "There is no refresh family of this id. One that ended is deleted after a while. "
                    + "See: linchpin refresh-family list")
        }
        return found
    }

    private func shown(_ all: [ListedFamily], at now: Timestamp) async throws -> [JSON] {
        let names = try await names(of: all.map(\.family.user), at: now)
        return all.map { $0.json(userName: names[$0.family.user], at: now) }
    }
}
