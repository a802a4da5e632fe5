import Core
import Ports
import Storage

extension OAuthServer {
    var clientOperations: [Operation] { [createClient, listClients, getClient, updateClient, deleteClient] }

    static let writers: [AdminRole] = [.oauthAdmin, .miAdmin]
    static let readers: [AdminRole] = [.oauthAdmin, .miAdmin, .auditor]

    private static let seconds = 60...Int64(Limits.clientTokenSeconds.value)

    private var createClient: Operation {
        Operation(
            "client", .create, roles: Self.writers,
            says: "Registers an application. It has no secret yet: add one with client add-secret.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "A unique name."),
                .required("user", .text(most: Limits.nameField.value), "The application user: its name or id."),
                .required("scopes", .texts(most: Limits.clientScopes.value), "The auth scopes it holds."),
                .optional("token_seconds", .int(Self.seconds), "How long its tokens live; 1800 if left out."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
                .optional(
                    "template", .oneOf(ClientTemplates.all.map(\.name)),
                    "What it is; what is left out starts from that. See client-template list."),
            ] + ClientSettings.fields
        ) { [database, effects] request in
            let name = try Self.checkedName(try request.required("name"))
            let user = try await self.applicationUser(try request.required("user"), at: request.cause.now)
            try Self.mustNotOutrank(user, request.caller)
            try Self.mayGive(request.texts("scopes") ?? [], request.caller)
            let now = request.cause.now
            let template = request.text("template").flatMap(ClientTemplates.named)
            let client = Client(
                id: .new(effects), publicID: ClientID.new(effects).rawValue, name: name,
                application: request.text("application") ?? "global", isActive: true, user: user.id,
                tokenSeconds: request.int("token_seconds") ?? template?.tokenSeconds
                    ?? Int64(Limits.accessTokenSeconds.value), epoch: 0,
                createdAt: now, updatedAt: now, scopes: try await self.checkedScopes(request.texts("scopes") ?? []),
                secrets: [], settings: try (template?.settings ?? ClientSettings()).changed(by: request))
            try await database.write(.change) { writer in
                guard try ClientStore.insert(client, in: writer) else { throw Self.nameTaken(name) }
                try writer.changed(client.configRow, before: nil, after: client.history, by: request.cause)
            }
            return Self.shown(client, userName: user.name, at: now)
        }
    }

    private var listClients: Operation {
        Operation(
            "client", .list, roles: Self.readers, says: "Lists the registered applications by name.",
            fields: [Paging.after]
        ) { [database] request in
            let (after, now) = (request.text("after") ?? "", request.cause.now)
            let clients = try await database.read { reader in try ClientStore.page(after: after, in: reader) }
            var names: [UserID: String] = [:]
            for user in Set(clients.map(\.user)) {
                names[user] = try await self.users.user(user.rawValue, at: now)?.name
            }
            return Paging.answer(clients.map { Self.shown($0, userName: names[$0.user], at: now) })
        }
    }

    private var getClient: Operation {
        Operation("client", .get, roles: Self.readers, says: "Shows a registered application.") {
            [database] request in
            let client = try await database.read { reader in try ClientStore.get(request.id, in: reader) }
            return try await self.shown(client, at: request.cause.now)
        }
    }

    /// What a client that registered itself settles itself. Once an administrator does, its registration is over: else it
    /// would take back what was taken from it.
    private static let ofRegistration =
        [
            "scopes", "grants", "redirect_uris", "public", "native", "requires_dpop", TLSSettings.bound,
            "require_pushed_authorization_requests", "require_signed_request_object",
            "introspection_signed_response_alg",
        ] + OpenIDSettings.fields.map(\.name) + ClientSettings.keyFields

    /// Whether a request gives a client more, or something else to prove itself by.
    private static func widens(_ request: OperationRequest) -> Bool {
        request.texts("scopes") != nil || request.bool("active") == true || request.texts("grants") != nil
            || request.texts("resources") != nil
            || ClientSettings.keyFields.contains { request.input[$0] != nil } || TLSSettings.proves(request)
    }

    private var updateClient: Operation {
        Operation(
            "client", .update, roles: Self.writers,
            says:
                "Changes a registered application; tokens it has follow at once. no_longer: what its lists held and hold no more.",
            fields: [
                .optional("name", .text(most: Limits.nameField.value), "A unique name."),
                .optional("user", .text(most: Limits.nameField.value), "The application user; a new one ends tokens."),
                .optional("scopes", .texts(most: Limits.clientScopes.value), "All auth scopes it holds from now on."),
                .optional("token_seconds", .int(Self.seconds), "How long its new tokens live."),
                .optional("active", .bool, "An application that is off gets no token and its tokens do not work."),
            ] + ClientSettings.fields
        ) { request in
            let name = try request.text("name").map(Self.checkedName)
            var user: UserID?
            if let given = request.text("user") {
                let wanted = try await self.applicationUser(given, at: request.cause.now)
                try Self.mustNotOutrank(wanted, request.caller)
                user = wanted.id
            } else if Self.widens(request) {
                try await self.mayWiden(request)
            }
            let scopes: [String]? =
                if let given = request.texts("scopes") { try await self.checkedScopes(given) } else { nil }
            let change = ClientChange(
                name: name, user: user, scopes: scopes, tokenSeconds: request.int("token_seconds"),
                isActive: request.bool("active"), settings: { try $0.changed(by: request) })
            let settles = Self.ofRegistration.contains { request.input[$0] != nil } || TLSSettings.proves(request)
            return try await self.change(request, widens: Self.widens(request), settles: settles) { _ in change }
        }
    }

    /// Changes the client of a request; answers it as it is now, with what its lists hold no longer.
    ///
    /// - Parameters:
    ///   - widens: whether it may do more then, which not everybody may give to every client.
    ///   - settles: whether it settles what a client that registered itself settles itself; then its registration is over.
    ///   - make: what changes, for the client as the transaction reads it; nil changes nothing.
    func change(
        _ request: OperationRequest, widens: Bool, settles: Bool,
        _ make: @escaping @Sendable (Client) throws -> ClientChange?
    ) async throws -> JSON {
        let (before, after) = try await database.write(.change) { writer in
            let client = try ClientStore.get(request.id, in: writer)
            if request.input.members.contains(where: { $0.name != "active" }),
                try ClientDocumentStore.seenAt(client.id, in: writer) != nil
            {
                throw HubError(
                    .conflict, "document_client",
                    "Client \(Shown.name(client.name)) follows its own document. Switch it on or off with active.")
            }
            if widens, client.settings.exchanges == .all { try Self.mustBeAdmin(request.caller) }
            guard let change = try make(client) else { return (client, client) }
            try Self.mayGive(change.scopes ?? [], beside: client.scopes, request.caller)
            if settles { try ClientRegistrationStore.forget(client.id, in: writer) }
            return (client, try ClientStore.apply(change, to: client, by: request.cause, in: writer))
        }
        var answer = try await shown(after, at: request.cause.now).object ?? JSONObject()
        let (old, new) = (before.history.object ?? JSONObject(), after.history.object ?? JSONObject())
        answer["no_longer"] = .object(new.noLonger(since: old))
        return .object(answer)
    }

    private var deleteClient: Operation {
        Operation(
            "client", .delete, roles: Self.writers,
            says: "Deletes a registered application with its secrets; its tokens stop working at once.",
            needsFreshProof: true
        ) { [database] request in
            try await database.write(.change) { writer in
                let client = try ClientStore.get(request.id, in: writer)
                try ClientStore.delete(client, by: request.cause, in: writer)
                return .null
            }
        }
    }
}

extension OAuthServer {
    static func nameTaken(_ name: String) -> HubError {
        HubError(
            .conflict, "name_taken",
            "A client \"\(Shown.name(name))\" exists. Update it, or choose another name.")
    }

    /// Printable ASCII with single inner spaces: two names that look alike would be two clients for the hub and one for
    /// whoever reads its audit trail. One that looks like an id could stand for another client.
    static func checkedName(_ name: String) throws -> String {
        let words = name.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x21...0x7E).contains($0) } }) else {
            throw HubError(
                .invalid, "bad_name",
                "\"name\" must be printable ASCII with single spaces between words, such as HR system. Choose another.")
        }
        guard name.utf8.count != 32 || Hex.decode(name) == nil else {
            throw HubError(
                .invalid, "bad_name", "\"name\" looks like an id. Choose a name that people can tell apart.")
        }
        return name
    }

    func applicationUser(_ idOrName: String, at now: Timestamp) async throws -> UserFacts {
        guard let user = try await users.user(idOrName, at: now) else {
            throw HubError(
                .invalid, "unknown_user",
                "There is no user \"\(Shown.name(idOrName))\". Create it first, with web service access only.")
        }
        return user
    }

    func checkedScopes(_ names: [String]) async throws -> [String] {
        let unknown = try await scopes.unknown(names)
        guard let first = unknown.first else { return Set(names).sorted() }
        throw HubError(
            .invalid, "unknown_scope",
            "There is no active auth scope \"\(Shown.name(first))\". Create it first with scope create.")
    }

    func shown(_ client: Client, at now: Timestamp) async throws -> JSON {
        Self.shown(client, userName: try await users.user(client.user.rawValue, at: now)?.name, at: now)
    }

    static func shown(_ client: Client, userName: String?, at now: Timestamp) -> JSON {
        guard case .object(var object) = client.json else { return client.json }
        object["user_name"] = userName.map { .string($0) } ?? .null
        object["findings"] = .array(ClientFindings.of(client, at: now).map(\.json))
        return .object(object)
    }
}
