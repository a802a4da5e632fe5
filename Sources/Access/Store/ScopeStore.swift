import Core
import Ports
import Storage

/// Names an auth scope.
enum ScopeKind {}
typealias ScopeID = ID<ScopeKind>

/// One auth scope with its rules, as it is stored and shown.
struct AuthScope: Sendable {
    let id: ScopeID
    let name: String
    let application: String
    var says: String
    var isActive: Bool
    /// How many seconds ago the person may have signed in at most; nil for any time, and nobody too.
    var maxAge: Int64?
    var rules: [ScopeRule]

    var json: JSON {
        [
            "id": .string(id.rawValue), "name": .string(name), "application": .string(application),
            "says": .string(says), "active": .bool(isActive),
            "max_age": maxAge.map { .int($0) } ?? .null,
            "rules": .array(
                rules.map { rule in
                    var object: JSONObject = ["method": .string(rule.method), "path": .string(rule.path)]
                    if let table = rule.table { object["table"] = .string(table) }
                    return .object(object)
                }),
        ]
    }

    var configRow: ConfigRow { ConfigRow("scope", id: id.rawValue, name: name, application: application) }
}

/// The statements about auth scopes.
enum ScopeStore {
    /// The row of that id or name; nil if there is none.
    static func lookUp(_ idOrName: String, in reader: any SQLReader) throws -> SQLRow? {
        let rows = try reader.rows(
            "SELECT id, name, application, says, active, max_age FROM auth_scope WHERE id = $1 OR name = $1 ORDER BY id LIMIT 2",
            [.text(idOrName)])
        // A scope may be named like another's id; the id counts.
        return try rows.first { try $0.text("id") == idOrName } ?? rows.first
    }

    static func find(_ idOrName: String, in reader: any SQLReader) throws -> AuthScope {
        guard let row = try lookUp(idOrName, in: reader) else {
            guard !ScopeName.isBuiltIn(idOrName) else {
                throw HubError(
                    .notFound, "built_in_scope",
                    "\"\(idOrName)\" is built in: it has no rules that could be shown or changed. A client may hold it as it is."
                )
            }
            throw HubError(
                .notFound, "unknown_scope",
                "There is no auth scope \"\(Shown.name(idOrName))\". See: linchpin scope list")
        }
        let rules = try reader.rows(
            """
            SELECT scope_id, method, path, table_name FROM scope_rule WHERE scope_id = $1 ORDER BY place LIMIT $2
            """, [.text(try row.text("id")), .int(Int64(Limits.scopeRulesOfOne.value))])
        return try scope(row, rules)
    }

    /// The scopes in the order of their names, behind that one, each with its rules.
    static func page(after name: String, in reader: any SQLReader) throws -> [AuthScope] {
        let rows = try reader.rows(
            "SELECT id, name, application, says, active, max_age FROM auth_scope WHERE name > $1 ORDER BY name LIMIT $2",
            [.text(name), .int(Int64(Limits.pageRows.value))])
        let rules = try reader.rows(
            "SELECT scope_id, method, path, table_name FROM scope_rule ORDER BY scope_id, place LIMIT $1",
            [.int(Int64(Limits.scopeRules.value))])
        let byScope = Dictionary(grouping: try rules.map { (try $0.text("scope_id"), $0) }, by: \.0)
        return try rows.map { row in try scope(row, byScope[try row.text("id"), default: []].map(\.1)) }
    }

    /// Puts the rules in the place of those that were there.
    static func put(_ rules: [ScopeRule], ids: [String], of scope: ScopeID, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM scope_rule WHERE scope_id = $1", [.text(scope.rawValue)])
        let count = try writer.row("SELECT COUNT(*) AS n FROM scope_rule", [])?.int("n") ?? 0
        guard count + Int64(rules.count) <= Limits.scopeRules.value else {
            throw HubError(
                .conflict, "too_many_scope_rules",
                "There may be at most \(Limits.scopeRules.value) scope rules. Delete scopes that are not used.")
        }
        for (place, (id, rule)) in zip(ids, rules).enumerated() {
            try writer.run(
                """
                INSERT INTO scope_rule (id, scope_id, place, method, path, table_name) VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .text(id), .text(scope.rawValue), .int(Int64(place)), .text(rule.method), .text(rule.path),
                    .optional(rule.table),
                ])
        }
    }

    private static func scope(_ row: SQLRow, _ rules: [SQLRow]) throws -> AuthScope {
        let name = try row.text("name")
        return AuthScope(
            id: ScopeID(try row.text("id")), name: name, application: try row.text("application"),
            says: try row.text("says"), isActive: try row.bool("active"), maxAge: try row.optionalInt("max_age"),
            rules: try rules.map {
                ScopeRule(
                    scope: name, method: try $0.text("method"), path: try $0.text("path"),
                    table: try $0.optionalText("table_name"))
            })
    }
}
