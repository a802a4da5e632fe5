import Core
public import Ports
import Storage

extension Access {
    /// What administrators can do with auth scopes: create, list, get, update, delete.
    public var operations: [Operation] { [create, list, get, update, delete] }

    private static let readers: [AdminRole] = [.oauthAdmin, .miAdmin, .auditor]
    private static let rulesField =
        "Objects {method, path, table}: GET, POST, PATCH, DELETE or *; a path in which * is "
        + "one segment, and ** at its end all that follow; a table if the rule is for one table only."

    private static let maxAgeField = Field.optional(
        "max_age", .int(0...Int64(Limits.signInAgeSeconds.value)),
        "How many seconds ago the person may have signed in at most; 0 for any time, and for clients by themselves.")

    /// 0 stands for no demand.
    private static func maxAge(_ seconds: Int64?) -> Int64? { seconds == 0 ? nil : seconds }

    private var create: Operation {
        Operation(
            "scope", .create, roles: [.oauthAdmin], says: "Makes an auth scope: a named right to call some APIs.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "The name that tokens carry."),
                .required("rules", .objects(most: Limits.scopeRulesOfOne.value), Self.rulesField),
                .optional("says", .text(most: Limits.sentenceField.value), "One sentence: what it is for."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
                Self.maxAgeField,
            ]
        ) { [database, effects] request in
            let name = try request.required("name")
            guard ScopeName.isToken(name) else {
                throw HubError(
                    .invalid, "bad_name",
                    "\"name\" must be printable ASCII without spaces, quotes and backslashes, such as hr.leavers.write."
                )
            }
            guard !ScopeName.isBuiltIn(name) else {
                throw HubError(
                    .invalid, "reserved_name",
                    "\"\(name)\" is built in: a client may hold it as it is. Choose another name.")
            }
            let scope = AuthScope(
                id: .new(effects), name: name, application: request.text("application") ?? "global",
                says: request.text("says") ?? "", isActive: true, maxAge: Self.maxAge(request.int("max_age")),
                rules: try RuleInput.rules(request.input["rules"], of: name))
            let ids = scope.rules.map { _ in ScopeID.new(effects).rawValue }
            return try await database.write(.change) { writer in
                let inserted = try writer.run(
                    """
                    INSERT INTO auth_scope (id, name, application, says, active, max_age)
                    VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING
                    """,
                    [
                        .text(scope.id.rawValue), .text(name), .text(scope.application), .text(scope.says),
                        .optional(scope.maxAge),
                    ])
                guard inserted == 1 else {
                    throw HubError(
                        .conflict, "name_taken",
                        "An auth scope \"\(Shown.name(name))\" exists. Update it, or choose another name.")
                }
                try ScopeStore.put(scope.rules, ids: ids, of: scope.id, in: writer)
                try writer.changed(scope.configRow, before: nil, after: scope.json, by: request.cause)
                return scope.json
            }
        }
    }

    private var list: Operation {
        Operation(
            "scope", .list, roles: Self.readers, says: "Lists the auth scopes by name.", fields: [Paging.after]
        ) { [database] request in
            let after = request.text("after") ?? ""
            return try await database.read { Paging.answer(try ScopeStore.page(after: after, in: $0).map(\.json)) }
        }
    }

    private var get: Operation {
        Operation("scope", .get, roles: Self.readers, says: "Shows an auth scope.") { [database] request in
            try await database.read { reader in try ScopeStore.find(request.id, in: reader).json }
        }
    }

    private var update: Operation {
        Operation(
            "scope", .update, roles: [.oauthAdmin],
            says: "Changes an auth scope; tokens that carry it follow at once. Its name stays.",
            fields: [
                .optional("rules", .objects(most: Limits.scopeRulesOfOne.value), Self.rulesField),
                .optional("says", .text(most: Limits.sentenceField.value), "One sentence: what it is for."),
                .optional("active", .bool, "A scope that is off covers nothing."),
                Self.maxAgeField,
            ]
        ) { [database, effects] request in
            let rules = try request.input["rules"].map { try RuleInput.rules($0, of: "") }
            let ids = (rules ?? []).map { _ in ScopeID.new(effects).rawValue }
            return try await database.write(.change) { writer in
                let before = try ScopeStore.find(request.id, in: writer)
                var after = before
                after.says = request.text("says") ?? before.says
                after.isActive = request.bool("active") ?? before.isActive
                if let seconds = request.int("max_age") { after.maxAge = Self.maxAge(seconds) }
                try writer.run(
                    "UPDATE auth_scope SET says = $2, active = $3, max_age = $4 WHERE id = $1",
                    [
                        .text(before.id.rawValue), .text(after.says), .bool(after.isActive), .optional(after.maxAge),
                    ])
                if let rules {
                    after.rules = rules
                    try ScopeStore.put(rules, ids: ids, of: before.id, in: writer)
                }
                try writer.changed(before.configRow, before: before.json, after: after.json, by: request.cause)
                return after.json
            }
        }
    }

    private var delete: Operation {
        Operation(
            "scope", .delete, roles: [.oauthAdmin], says: "Deletes an auth scope that is switched off."
        ) { [database] request in
            try await database.write(.change) { writer in
                let scope = try ScopeStore.find(request.id, in: writer)
                guard !scope.isActive else {
                    throw HubError(
                        .conflict, "scope_active",
                        "Auth scope \(scope.name) is on and tokens may rest on it. Switch it off first.")
                }
                try writer.run("DELETE FROM scope_rule WHERE scope_id = $1", [.text(scope.id.rawValue)])
                try writer.run("DELETE FROM auth_scope WHERE id = $1", [.text(scope.id.rawValue)])
                try writer.changed(scope.configRow, before: scope.json, after: nil, by: request.cause)
                return .null
            }
        }
    }
}
