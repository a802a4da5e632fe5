import Core
import Storage

/// What part of a table's rows a role may read: an encoded query for each role that does not read all.
///
/// Who holds several roles reads what any of them may; a reading role without a condition reads every row, and so does
/// `admin`. A row that a caller may not read is not there: not in lists, not in counts, not behind a dot, and cannot be
/// changed or deleted. So a further role never takes anything away.
struct ReadConditions: Sendable, Equatable {
    private let byRole: [String: String]

    var isEmpty: Bool { byRole.isEmpty }
    var roles: [String] { byRole.keys.sorted() }
    var queries: [String] { roles.compactMap { byRole[$0] } }

    init(_ byRole: [String: String] = [:]) { self.byRole = byRole }

    /// As the dictionary keeps it: an object of texts, or NULL.
    init(stored: String?) throws {
        guard let stored else {
            byRole = [:]
            return
        }
        guard let object = try JSON.read(Array(stored.utf8)).object else {
            throw rowDefect("conditions", "is no object")
        }
        byRole = try Dictionary(
            object.members.map { member in
                guard let query = member.value.string else { throw rowDefect("conditions", "holds no text") }
                return (member.name, query)
            }
        ) { first, _ in first }
    }

    var stored: SQLValue { isEmpty ? .null : .text(json.text()) }

    var json: JSON {
        var object = JSONObject()
        for role in roles { object[role] = byRole[role].map { .string($0) } }
        return .object(object)
    }

    /// The queries of which a row must fit any one; nil when the viewer reads every row, empty when none.
    func binding(_ viewer: Viewer, _ rights: TableRights) -> [String]? {
        if isEmpty || viewer.readsEverything { return nil }
        let held = rights.read.filter(viewer.roles.contains)
        let queries = held.compactMap { byRole[$0] }
        return queries.count < held.count ? nil : queries
    }
}
