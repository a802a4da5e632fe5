import AuditTrail
import Core
import Ports
import Storage

extension OAuthServer {
    var tokenOperations: [Operation] { [listTokens, getToken, deleteToken, revokeTokensOfUser] }

    private var listTokens: Operation {
        Operation(
            "token", .list, roles: [.oauthAdmin, .auditor],
            says: "Lists access tokens that have not ended, those that live longest first; never their text.",
            fields: [
                .optional("client", .text(most: Limits.nameField.value), "Only those of this client."),
                .optional("user", .text(most: Limits.nameField.value), "Only those for this user."), Paging.after,
            ]
        ) { [database] request in
            let now = request.cause.now
            var user: UserID?
            if let name = request.text("user") { user = try await self.tokenUser(name, at: now).id }
            let after = try request.text("after").map { try Self.place($0, TokenMark.init) }
            let (owner, name) = (user, request.text("client"))
            let (places, found) = try await database.read { reader in
                let selection = try TokenSelection(owner, client: name, in: reader)
                let places = try TokenStore.page(selection, after: after, at: now, in: reader)
                return (places, try places.compactMap { try Self.found($0, in: reader) })
            }
            var answer: JSONObject = ["items": .array(try await self.shown(found, at: now))]
            if places.count == Limits.pageRows.value, let last = places.last {
                answer["next"] = .string(TokenMark(last.expiresAt, last.token.hash).text)
            }
            return .object(answer)
        }
    }

    private var getToken: Operation {
        Operation(
            "token", .get, roles: [.oauthAdmin, .auditor], says: "Shows an access token by its id; never its text."
        ) { [database] request in
            let found = try await database.read { reader in try Self.found(request.id, in: reader) }
            return try await self.shown([found], at: request.cause.now)[0]
        }
    }

    private var deleteToken: Operation {
        Operation(
            "token", .delete, roles: [.oauthAdmin],
            says: "Ends an access token by its id, and what would renew it."
        ) { [database] request in
            let now = request.cause.now
            let user = try await database.read { reader in try Self.found(request.id, in: reader).1.user }
            let name = try await self.users.user(user.rawValue, at: now)?.name ?? user.rawValue
            try await database.write(.change) { writer in
                let (place, found) = try Self.found(request.id, in: writer)
                let isEnded = try TokenStore.revoke(place.token, of: nil, at: now, in: writer) != nil
                let isRenewalEnded = try found.family.map { try FamilyStore.end($0, at: now, in: writer) } ?? false
                guard isEnded || isRenewalEnded else { return }
                let client = try ClientStore.get(found.client.rawValue, in: writer)
                try writer.record(
                    AuditEvent(.tokenRevoked, on: client.target, by: request.cause, [.user: name]),
                    changing: .token(place.token.hash))
            }
            return .null
        }
    }

    private var revokeTokensOfUser: Operation {
        Operation(
            "user", .act("revoke-tokens"), roles: [.oauthAdmin],
            says: "Ends all tokens for a user, whichever client has them, and what would renew them."
        ) { [database] request in
            let user = try await self.tokenUser(request.id, at: request.cause.now)
            let ended = try await database.write(.change) { writer in
                let ended = try TokenStore.endAll(of: user.id, at: request.cause.now, in: writer)
                // All that is remembered of their tokens rests on the user too.
                try writer.record(
                    AuditEvent(
                        .tokenRevoked, on: .init("user", id: user.id.rawValue, name: user.name), by: request.cause))
                return ended
            }
            return ["user": .string(user.name), "ended": .int(Int64(ended))]
        }
    }

    private typealias Found = (TokenStore.Place, FoundToken)

    /// Nil when its client is gone.
    private static func found(_ place: TokenStore.Place, in reader: any SQLReader) throws -> Found? {
        try find(place.token, in: reader).map { (place, $0) }
    }

    private static func found(_ id: String, in reader: any SQLReader) throws -> Found {
        guard let mark = TokenMark(id), let place = try TokenStore.place(of: mark, in: reader),
            let found = try found(place, in: reader)
        else {
            throw HubError(
                .notFound, "unknown_token",
                "There is no token of this id; it may have ended and left. See: linchpin token list")
        }
        return found
    }

    private func shown(_ all: [Found], at now: Timestamp) async throws -> [JSON] {
        let names = try await names(of: all.map(\.1.user), at: now)
        return all.map { place, found in found.json(place.token, userName: names[found.user]) }
    }

    /// The place in a list that `after` names.
    static func place<Mark>(_ text: String, _ read: (String) -> Mark?) throws -> Mark {
        guard let mark = read(text) else {
            throw HubError(.invalid, "bad_field", "\"after\" is no place in this list. Take `next` of an answer.")
        }
        return mark
    }

    /// The names of those that the directory knows.
    func names(of ids: [UserID], at now: Timestamp) async throws -> [UserID: String] {
        var names: [UserID: String] = [:]
        for id in Set(ids) { names[id] = try await users.user(id.rawValue, at: now)?.name }
        return names
    }

    func tokenUser(_ name: String, at now: Timestamp) async throws -> UserFacts {
        guard let user = try await users.user(name, at: now) else {
            throw HubError(
                .notFound, "unknown_user", "There is no user \"\(Shown.name(name))\". See: linchpin user list")
        }
        return user
    }
}
