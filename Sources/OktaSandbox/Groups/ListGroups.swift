import Core

/// `GET /api/v1/groups`: all, or by `search`, `filter` or `q`, of which the first one given counts.
///
/// With `q` there is no next page and no `Link` header, as recorded.
///
/// Deviation: Okta's `search` reads an index that lags behind; here it sees every change at once.
enum ListGroups {
    private static let most = 10_000
    private static let mostFound = 300

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        if call.query("search") == nil, call.query("filter") == nil, let beginning = call.query("q")?.lowercased() {
            let limit = try Paging.limit(call, standard: mostFound, most: mostFound)
            let found = org.groups.filter { call.reach.has($0) && $0.name.lowercased().hasPrefix(beginning) }.prefix(
                limit)
            return .json(.array(found.map { $0.json(baseURL: org.baseURL) }))
        }
        let isListed = try condition(call)
        return try Paging.answer(
            org.groups, call, org, listing: "groups", path: "\(org.baseURL)/api/v1/groups",
            limit: try Paging.limit(call, standard: most, most: most), keeping: ["search", "filter"]
        ) { isListed($0) && call.reach.has($0) }
    }

    private static func condition(_ call: Call) throws(OktaError) -> (Group) -> Bool {
        if let text = call.query("search") {
            guard let filter = Filter(text, knows: Group.searchable.contains) else { throw .badSearch }
            return { group in filter.holds(group.values) }
        }
        guard let text = call.query("filter") else { return { _ in true } }
        guard let filter = Filter(text, knows: Group.filterable.contains) else { throw .badFilter }
        return { group in filter.holds(group.values) }
    }
}
