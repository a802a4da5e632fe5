import Core
import Spokes
import Testing

@testable import Hub

@Suite("Four columns of scopes") struct ScopeColumnsTests {
    private static let rules = ScopeRules(
        byAction: [:], rolesByAction: [:], implied: ["users.manage": ["users.read"]],
        grantable: ["users.read", "users.manage", "logs.read", "apps.read"])

    /// Four columns, and how they differ.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var needed: [String] = []
        var configured: [String] = []
        var granted: [String]?
        var carried: [String]?
        let changes: [String: [String]]
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(
            name: "all the same", needed: ["logs.read"], configured: ["logs.read"], granted: ["logs.read"],
            carried: ["logs.read"], changes: [:]),
        Row(
            name: "what brings a refresh token is in no provider's list", configured: ["logs.read"],
            granted: ["logs.read"], carried: ["logs.read", "offline_access"], changes: [:]),
        Row(
            name: "manage counts for read", needed: ["users.read"], configured: ["users.manage"],
            granted: ["users.manage"], carried: ["users.manage"], changes: [:]),
        Row(name: "nothing can be read", needed: ["logs.read"], configured: ["logs.read"], changes: [:]),
        Row(
            name: "a flow needs what nobody wants", needed: ["apps.read"], configured: ["logs.read"],
            granted: ["logs.read"], carried: ["logs.read"], changes: ["needed_scope_not_configured": ["apps.read"]]),
        Row(
            name: "withdrawn since the consent", needed: ["logs.read"], configured: ["logs.read"], granted: [],
            carried: ["logs.read"], changes: ["carried_scope_not_granted": ["logs.read"]]),
        Row(
            name: "granted later: only a consent brings it", needed: ["apps.read"], configured: ["apps.read"],
            granted: ["apps.read"], carried: [], changes: ["needed_scope_not_carried": ["apps.read"]]),
        Row(
            name: "wanted and never granted", configured: ["logs.read", "apps.read"], granted: ["logs.read"],
            carried: ["logs.read"], changes: ["configured_scope_not_granted": ["apps.read"]]),
        Row(
            name: "the same where the provider's list can't be read", configured: ["logs.read", "apps.read"],
            carried: ["logs.read"], changes: ["configured_scope_not_carried": ["apps.read"]]),
        Row(
            name: "more than anybody wants", configured: ["logs.read"], granted: ["apps.read", "logs.read"],
            carried: ["logs.read"], changes: ["granted_scope_not_configured": ["apps.read"]]),
        Row(
            name: "given up here, still carried", configured: [], granted: nil, carried: ["apps.read"],
            changes: ["carried_scope_not_configured": ["apps.read"]]),
        Row(
            name: "needed, wanted, not granted: said once", needed: ["apps.read"], configured: ["apps.read"],
            granted: [], carried: [], changes: ["needed_scope_not_granted": ["apps.read"]]),
    ]

    @Test("what differs, and nothing else", arguments: rows)
    func changes(_ row: Row) {
        let columns = ScopeColumns(
            needed: Dictionary(uniqueKeysWithValues: row.needed.map { ($0, ["flow"]) }), configured: row.configured,
            granted: row.granted, carried: row.carried, rules: Self.rules)
        let found = Dictionary(uniqueKeysWithValues: columns.changes.map { ($0.kind.rawValue, $0.scopes) })
        #expect(found == row.changes)
        for scope in columns.scopes {
            #expect((columns.cell(scope, .granted) == .notReadable) == (row.granted == nil))
            #expect((columns.cell(scope, .carried) == .notReadable) == (row.carried == nil))
        }
    }

    @Test("thirty kinds of change and more, each with a code of its own and one next step")
    func catalogue() {
        let all = ProviderChange.all
        #expect(all.count >= 30)
        #expect(Set(all.map(\.code)).count == all.count)
        for change in all { #expect(change.says.hasSuffix(".") && !change.next.isEmpty, "\(change.code)") }
        for kind in ScopeColumns.Change.Kind.allCases {
            #expect(ProviderChange.named(kind.rawValue)?.seen == .columns, "\(kind)")
        }
    }
}
