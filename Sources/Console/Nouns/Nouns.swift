/// Every noun of the console, in the order of the rail.
enum Nouns {
    static let all: [Noun] = [
        .clients, .registrationTokens, .consents, .refreshFamilies, .tokens, .scopes, .tables, .hooks, .connections,
        .credentials,
        .aliases, .spokes, .flows,
        .executions,
        .approvals,
        .transactions, .auditEvents, .users, .groups, .roles, .grants, .sessions, .signingKeys,
    ]

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
    private static let bySegment = Dictionary(all.map { ($0.segment, $0) }) { first, _ in first }

    static func named(_ name: String) -> Noun? { byName[name] }
    static func at(_ segment: String) -> Noun? { bySegment[segment] }
}
