import Core
import Spokes
import Vault

/// The scopes of one connection in four columns: needed by flows, configured here, granted at the provider, carried by
/// the token. Pure; what differs is named.
struct ScopeColumns: Sendable {
    /// What stands at a scope in a column.
    enum Cell: String, Sendable, CaseIterable {
        case yes, no
        /// Another scope there counts for it.
        case implied
        /// The column cannot be read. Never taken for yes.
        case notReadable = "not_readable"
    }

    enum Column: String, Sendable, CaseIterable {
        case needed = "needed_by_flows"
        case configured = "configured_here"
        case granted = "granted_at_the_provider"
        case carried = "carried_by_the_token"
    }

    /// One way in which columns differ, and the scopes.
    struct Change: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            case neededNotConfigured = "needed_scope_not_configured"
            case neededNotGranted = "needed_scope_not_granted"
            case neededNotCarried = "needed_scope_not_carried"
            case configuredNotGranted = "configured_scope_not_granted"
            case configuredNotCarried = "configured_scope_not_carried"
            case grantedNotConfigured = "granted_scope_not_configured"
            case carriedNotGranted = "carried_scope_not_granted"
            case carriedNotConfigured = "carried_scope_not_configured"
        }
        let kind: Kind
        let scopes: [String]
    }

    /// Scopes by the flows that need them.
    let needed: [String: Set<String>]
    let configured: Set<String>
    /// Nil where it cannot be read.
    let granted: Set<String>?
    /// The same.
    let carried: Set<String>?
    let rules: ScopeRules

    /// Only scopes that an administrator grants to an application are compared: the one that brings a refresh token is
    /// in no provider's list.
    init(
        needed: [String: Set<String>], configured: [String], granted: [String]?, carried: [String]?, rules: ScopeRules
    ) {
        let comparable = { (scopes: [String]) in Set(scopes.filter(rules.isGrantable)) }
        self.needed = needed
        self.configured = comparable(configured)
        self.granted = granted.map(comparable)
        self.carried = carried.map(comparable)
        self.rules = rules
    }

    init(_ facts: ProvingFacts) {
        let rules =
            facts.rules ?? ScopeRules(byAction: [:], rolesByAction: [:], implied: [:], grantable: nil)
        var needed: [String: Set<String>] = [:]
        for (key, flows) in facts.usedByFlows {
            for scope in rules.byAction[key] ?? [] { needed[scope, default: []].formUnion(flows) }
        }
        self.init(
            needed: needed, configured: facts.oauth?.wanted ?? [],
            granted: facts.items(.grantedScopes)?.compactMap { $0["scope"] }, carried: facts.carried, rules: rules)
    }

    /// Every scope that stands in some column, in byte order.
    var scopes: [String] {
        Set(needed.keys).union(configured).union(granted ?? []).union(carried ?? [])
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func cell(_ scope: String, _ column: Column) -> Cell {
        switch column {
        case .needed: needed[scope] == nil ? .no : .yes
        case .configured: cell(scope, configured)
        case .granted: cell(scope, granted)
        case .carried: cell(scope, carried)
        }
    }

    private func cell(_ scope: String, _ held: Set<String>?) -> Cell {
        guard let held else { return .notReadable }
        if held.contains(scope) { return .yes }
        return rules.reached(by: held).contains(scope) ? .implied : .no
    }

    /// What differs, the gravest first. A scope that is named by a graver difference is not named again by one that
    /// follows from it.
    var changes: [Change] {
        var named: Set<String> = []
        let candidates: [(Change.Kind, Set<String>)] = [
            (.carriedNotGranted, granted.map { (carried ?? []).subtracting($0) } ?? []),
            (.neededNotConfigured, lacking(Set(needed.keys), configured)),
            (.neededNotGranted, lacking(Set(needed.keys), granted)),
            (.neededNotCarried, lacking(Set(needed.keys), carried)),
            (.configuredNotGranted, granted.map { configured.subtracting($0) } ?? []),
            (.configuredNotCarried, carried.map { configured.subtracting($0) } ?? []),
            (.grantedNotConfigured, granted?.subtracting(configured) ?? []),
            (.carriedNotConfigured, carried?.subtracting(configured) ?? []),
        ]
        return candidates.compactMap { kind, scopes in
            let new = scopes.subtracting(named)
            named.formUnion(new)
            let sorted = new.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return sorted.isEmpty ? nil : Change(kind: kind, scopes: sorted)
        }
    }

    /// What is wanted and neither there nor implied; nothing where the column cannot be read.
    private func lacking(_ wanted: Set<String>, _ held: Set<String>?) -> Set<String> {
        held.map { wanted.subtracting(rules.reached(by: $0)) } ?? []
    }

    var json: JSON {
        .array(
            scopes.map { scope in
                var row: JSONObject = ["scope": .string(scope)]
                for column in Column.allCases { row[column.rawValue] = .string(cell(scope, column).rawValue) }
                row["flows"] = .array((needed[scope] ?? []).sorted().map { .string($0) })
                return .object(row)
            })
    }
}
