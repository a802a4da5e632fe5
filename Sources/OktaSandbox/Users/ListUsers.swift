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
            keeping: ["search", "filter", "q"]
        ) { isListed($0) && call.reach.has($0) }
    }

    private static func condition(_ call: Call) throws(OktaError) -> (Person) -> Bool {
        if let text = call.query("search") {
            guard let filter = Filter(text, knows: Person.isAttribute) else { throw .badSearch }
            return { person in filter.holds(person.values) }
        }
        if let text = call.query("filter") {
            guard let filter = Filter(text, knows: Person.filterable.contains) else { throw .badFilter }
            return { person in filter.holds(person.values) }
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

extension Person {
    /// What `filter` knows; `search` takes any attribute.
    static let filterable: Set<String> = [
        "id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName", "profile.lastName",
    ]

    static func isAttribute(_ name: String) -> Bool {
        ["id", "status", "created", "activated", "statusChanged", "lastUpdated"].contains(name)
            || (name.hasPrefix("profile.") && name.utf8.count > 8)
    }

    /// What a filter compares.
    func values(_ attribute: String) -> [String] {
        let value: String? =
            switch attribute {
            case "id": id
            case "status": status.rawValue
            case "created": created.rfc3339
            case "activated": activated?.rfc3339
            case "statusChanged": statusChanged?.rfc3339
            case "lastUpdated": lastUpdated.rfc3339
            default: profile[String(attribute.dropFirst("profile.".count))]?.string
            }
        return value.map { [$0] } ?? []
    }
}
