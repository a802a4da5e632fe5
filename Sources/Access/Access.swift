public import Core
public import Ports
public import Storage

/// Decides what a caller may do, and keeps the auth scopes that it decides by.
///
/// `Access.decide` is the decision itself; this class is the store around it.
public final class Access: ScopeDirectory {
    let database: any Database
    let effects: Effects
    /// Names of active scopes.
    private let active: EpochMemory<String, Bool>

    /// Over a store that has `Access.migrations`.
    public init(database: any Database, effects: Effects) {
        self.database = database
        self.effects = effects
        active = EpochMemory(database.epochs, most: Limits.scopeRules.value)
    }

    /// All rules of all active auth scopes, at most `Limits.scopeRules`: what a `Question` takes.
    public static func rules(in reader: any SQLReader) throws -> [ScopeRule] {
        try reader.rows(
            """
            SELECT s.name AS scope, r.method AS method, r.path AS path, r.table_name AS table_name, s.max_age AS max_age
            FROM scope_rule r JOIN auth_scope s ON s.id = r.scope_id WHERE s.active = 1
            ORDER BY s.name, r.place LIMIT $1
            """, [.int(Int64(Limits.scopeRules.value))]
        ).map {
            ScopeRule(
                scope: try $0.text("scope"), method: try $0.text("method"), path: try $0.text("path"),
                table: try $0.optionalText("table_name"), maxAge: try $0.optionalInt("max_age"))
        }
    }

    /// The name of the auth scope of that id or name; nil if there is none.
    public static func scopeName(_ idOrName: String, in reader: any SQLReader) throws -> String? {
        try ScopeStore.lookUp(idOrName, in: reader)?.text("name")
    }

    /// Those of the names that are no active auth scope.
    public func unknown(_ names: [String]) async throws -> [String] {
        let look = active.look(at: effects.monotonicNanoseconds())
        let asked = names.filter { look.find($0) == nil }
        guard !asked.isEmpty else { return [] }
        let unknown = try await database.read { reader in
            try asked.filter { name in
                try reader.row("SELECT id FROM auth_scope WHERE name = $1 AND active = 1", [.text(name)]) == nil
            }
        }
        for name in asked where !unknown.contains(name) { look.keep(true, for: name) }
        return unknown
    }

    /// What the active ones of these scopes are for.
    public func purposes(_ names: [String]) async throws -> [String: String] {
        try await database.read { reader in
            let found = try names.prefix(Limits.clientScopes.value).compactMap { name in
                try reader.row("SELECT name, says FROM auth_scope WHERE name = $1 AND active = 1", [.text(name)])
            }
            return Dictionary(try found.map { (try $0.text("name"), try $0.text("says")) }) { first, _ in first }
        }
    }
}
