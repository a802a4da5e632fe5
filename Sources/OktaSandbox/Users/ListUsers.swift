import Core

/// `GET /api/v1/users`: all but the deprovisioned, or by `search`, `filter` or `q`, of which the first one given counts.
///
/// Deviation: Okta's `search` reads an index that lags behind; here it sees every change at once.
enum ListUsers {
    private static let most = 200
    private static let mostFound = 10

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let isListed = try condition(call)
        let isByName = call.query("search") == nil && call.query("filter") == nil && call.query("q") != nil
        return try Paging.answer(
            org.persons, call, org, listing: "users", path: "\(org.baseURL)/api/v1/users",
            limit: try Paging.limit(call, standard: isByName ? mostFound : most, most: most),
            keeping: ["search", "filter", "q"], where: isListed)
    }

    private static func condition(_ call: Call) throws(OktaError) -> (Person) -> Bool {
        if let text = call.query("search") {
            guard let filter = UserFilter(text, knows: UserFilter.isAttribute) else { throw .badSearch }
            return filter.holds
        }
        if let text = call.query("filter") {
            guard let filter = UserFilter(text, knows: UserFilter.filterable.contains) else { throw .badFilter }
            return filter.holds
        }
        guard let beginning = call.query("q")?.lowercased() else { return { $0.status != .deprovisioned } }
        return { person in
            person.status != .deprovisioned
                && ["firstName", "lastName", "email"].contains { name in
                    person.profile[name]?.string?.lowercased().hasPrefix(beginning) == true
                }
        }
    }
}

extension Person: Listed {
    func listing(baseURL: String) -> JSON { json(baseURL: baseURL, listed: true) }
}
