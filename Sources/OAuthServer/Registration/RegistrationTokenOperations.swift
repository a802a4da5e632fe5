import Core
import Keys
import Ports
import Storage

extension OAuthServer {
    var registrationTokenOperations: [Operation] { [createToken, listTokens, deleteToken] }

    private var createToken: Operation {
        Operation(
            "registration-token", .create, roles: Self.writers,
            says: "Makes a token by which applications register themselves, and shows it this once.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "A unique name, such as whom it is for."),
                .required(
                    "user", .text(most: Limits.nameField.value), "The application user of clients that register by it."
                ),
                .required("scopes", .texts(most: Limits.clientScopes.value), "The auth scopes that they may hold."),
                .optional(
                    "grants", .texts(most: ClientMetadata.grantNames.count),
                    "The grant types that they may have; authorization_code and refresh_token if left out."),
                .optional(
                    "uses", .int(1...Int64(Limits.registrationUses.value)), "How many may register; one if left out."),
                .optional("until", .time, "When it stops working; after a day if left out, after 30 at most."),
                .optional("application", .text(most: Limits.nameField.value), "The application that they belong to."),
            ]
        ) { [database, effects, rules] request in
            let now = request.cause.now
            let user = try await self.applicationUser(try request.required("user"), at: now)
            try Self.mustNotOutrank(user, request.caller)
            try Self.mayGive(request.texts("scopes") ?? [], request.caller)
            let text = MachineSecret.new(.registrationToken, effects)
            let token = RegistrationToken(
                id: ID<RegistrationToken>.new(effects).rawValue,
                name: try Self.checkedName(try request.required("name")), hash: MachineSecret.hash(text),
                application: request.text("application") ?? "global", user: user.id,
                scopes: try await self.checkedScopes(request.texts("scopes") ?? []),
                grants: try Self.registrable(request.texts("grants")), usesLeft: request.int("uses") ?? 1,
                madeAt: now, until: try Self.checkedEnd(request.time("until"), at: now))
            try await database.write(.change) { writer in
                guard try RegistrationTokenStore.insert(token, in: writer) else {
                    throw HubError(
                        .conflict, "name_taken",
                        "A registration token \"\(Shown.name(token.name))\" exists. Choose another name.")
                }
                try writer.changed(token.configRow, before: nil, after: token.json, by: request.cause)
            }
            guard case .object(var answer) = Self.shown(token, userName: user.name) else { return .null }
            answer["registration_token"] = .string(text.reveal { String(decoding: $0, as: UTF8.self) })
            answer["open"] = .bool(rules.isOpen)
            return .object(answer)
        }
    }

    private var listTokens: Operation {
        Operation(
            "registration-token", .list, roles: Self.readers,
            says: "Lists the tokens by which applications may register themselves, by name.", fields: [Paging.after]
        ) { [database] request in
            let after = request.text("after") ?? ""
            let tokens = try await database.read { try RegistrationTokenStore.page(after: after, in: $0) }
            var names: [UserID: String] = [:]
            for user in Set(tokens.map(\.user)) {
                names[user] = try await self.users.user(user.rawValue, at: request.cause.now)?.name
            }
            return Paging.answer(tokens.map { Self.shown($0, userName: names[$0.user]) })
        }
    }

    private var deleteToken: Operation {
        Operation(
            "registration-token", .delete, roles: Self.writers,
            says: "Ends a registration token; clients that registered by it stay."
        ) { [database] request in
            try await database.write(.change) { writer in
                let token = try RegistrationTokenStore.get(request.id, in: writer)
                try RegistrationTokenStore.delete(token.id, in: writer)
                try writer.changed(token.configRow, before: token.json, after: nil, by: request.cause)
                return .null
            }
        }
    }

    private static func shown(_ token: RegistrationToken, userName: String?) -> JSON {
        guard case .object(var object) = token.json else { return token.json }
        object["user_name"] = userName.map { .string($0) } ?? .null
        return .object(object)
    }

    private static func registrable(_ names: [String]?) throws -> Set<String> {
        let grants = Set(names ?? ClientMetadata.standardGrants)
        guard grants.isSubset(of: ClientMetadata.grantNames), !grants.isEmpty else {
            throw HubError(
                .invalid, "unknown_grant",
                "A client can register for: \(ClientMetadata.grantNames.joined(separator: ", ")).")
        }
        return grants
    }

    private static func checkedEnd(_ until: Timestamp?, at now: Timestamp) throws -> Timestamp {
        guard let until else { return now.adding(days: 1) }
        guard now < until, until <= now.adding(days: Limits.registrationTokenDays.value) else {
            throw HubError(
                .invalid, "until_range",
                "\"until\" must lie ahead, by \(Limits.registrationTokenDays.value) days at most.")
        }
        return until
    }
}
