import Core
import Ports

/// The tables of one call: the one that is asked, and those that its references lead to.
///
/// The viewer must be allowed to read each table before any of its columns is looked for: neither values, nor an order,
/// nor an error tells what is in a table that is hidden from the viewer. Of a table with conditions only the rows that
/// the viewer may read are reached; behind a reference to another row every field is empty.
struct Walks {
    /// One table that a reference leads to.
    struct Join {
        let reference: PlacedColumn
        let table: RecordTable
        let place: Int
        /// Which of its rows the viewer may read; nil for all.
        let readable: [EncodedQuery.Groups]?
    }

    /// Where a name was said, for messages and reasons.
    enum Mention: String {
        case query = "sysparm_query"
        case fields = "sysparm_fields"
        case parameter = "the query string"
    }

    let root: RecordTable
    let viewer: Viewer
    private(set) var joins: [Join] = []
    private let find: (String) throws -> RecordTable?

    /// - Parameter find: looks a table up in the snapshot of the call.
    init(_ root: RecordTable, _ viewer: Viewer, find: @escaping (String) throws -> RecordTable? = { _ in nil }) {
        self.root = root
        self.viewer = viewer
        self.find = find
    }

    /// The column that a path such as `caller_id.email` means.
    mutating func column(_ path: String, _ mention: Mention) throws -> PlacedColumn {
        let names = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard names.count <= Limits.queryWalks.value + 1 else { throw WalkProblem.tooFar(mention) }
        var (table, place) = (root, 0)
        for name in names.dropLast() {
            let reference = try Self.placed(name, table, place, path, mention)
            let join = try self.join(reference, mention)
            (table, place) = (join.table, join.place)
        }
        return try Self.placed(names.last ?? "", table, place, path, mention)
    }

    /// What stands for the record behind a reference; nil where the viewer may not read its table.
    mutating func display(of reference: PlacedColumn, _ mention: Mention) throws -> PlacedColumn? {
        guard let target = try target(of: reference), viewer.mayRead(target) else { return nil }
        let join = try join(reference, mention)
        return PlacedColumn(
            column: target.displayColumn, place: join.place, isProjected: target.isProjection)
    }

    /// Which rows of a table the viewer may read; nil for all.
    static func readable(_ table: RecordTable, at place: Int, by viewer: Viewer) throws -> [EncodedQuery.Groups]? {
        guard let queries = table.conditions.binding(viewer, table.rights) else { return nil }
        return try queries.flatMap { query in
            do {
                var walks = Walks(table, viewer)
                let parts = try QueryParser.parse(query, &walks).parts
                guard walks.joins.isEmpty else { throw WalkProblem.tooMany }
                return place == 0 ? parts : parts.map { $0.map { $0.map { $0.moved(to: place) } } }
            } catch let error as HubError {
                // Whoever set it saw it pass; a dictionary that has changed since hides the rows rather than shows them.
                throw rowDefect("conditions", "of \(table.name) do not fit its columns any more: \(error.reason)")
            }
        }
    }

    private mutating func join(_ reference: PlacedColumn, _ mention: Mention) throws -> Join {
        let known = joins.first {
            $0.reference.place == reference.place && $0.reference.column.name == reference.column.name
        }
        if let known { return known }
        guard let table = try target(of: reference) else { throw WalkProblem.noReference(reference.column, mention) }
        guard viewer.mayRead(table) else { throw WalkProblem.hidden(reference.column, table) }
        guard joins.count < Limits.queryJoins.value else { throw WalkProblem.tooMany }
        let place = joins.count + 1
        let join = Join(
            reference: reference, table: table, place: place,
            readable: try Self.readable(table, at: place, by: viewer))
        joins.append(join)
        return join
    }

    private func target(of reference: PlacedColumn) throws -> RecordTable? {
        guard let name = reference.column.reference else { return nil }
        return name == root.name ? root : try find(name)
    }

    private static func placed(
        _ name: String, _ table: RecordTable, _ place: Int, _ path: String, _ mention: Mention
    ) throws -> PlacedColumn {
        guard let column = table.column(name) else { throw WalkProblem.unknown(path, name, table, mention) }
        return PlacedColumn(column: column, place: place, isProjected: table.isProjection)
    }
}

extension EncodedQuery.Condition {
    /// The same condition on the same column of a table at another place.
    fileprivate func moved(to place: Int) -> Self {
        func moved(_ column: PlacedColumn) -> PlacedColumn {
            PlacedColumn(column: column.column, place: place, isProjected: column.isProjected)
        }
        return Self(column: moved(column), test: test, values: values, other: other.map(moved))
    }
}

/// What can be wrong with the name of a field.
enum WalkProblem {
    static func unknown(_ path: String, _ name: String, _ table: RecordTable, _ mention: Walks.Mention) -> HubError {
        let reason =
            switch mention {
            case .query: "query_unknown_field"
            case .fields: "unknown_field"
            case .parameter: "unknown_parameter"
            }
        let said = path == name ? "\"\(Shown.name(name))\"" : "\"\(Shown.name(name))\" in \"\(Shown.name(path))\""
        return HubError(
            .invalid, reason,
            "\(mention.rawValue) names \(said), which is no field of \(table.name). Fields: \(table.columnNames).")
    }

    static func noReference(_ column: RecordColumn, _ mention: Walks.Mention) -> HubError {
        HubError(
            .invalid, "no_reference",
            "\(mention.rawValue) follows \"\(column.name)\" by a dot, but it is no reference to a table.")
    }

    static func hidden(_ column: RecordColumn, _ table: RecordTable) -> HubError {
        HubError(
            .forbidden, "table_hidden",
            "\"\(column.name)\" leads to the table \(table.name), which the caller may not read: that takes a role and, with "
                + "a token, a scope for GET /api/now/table/\(table.name).")
    }

    static func tooFar(_ mention: Walks.Mention) -> HubError {
        HubError(
            .invalid, "too_many_walks",
            "A field of \(mention.rawValue) follows more than \(Limits.queryWalks.value) references.")
    }

    static let tooMany = HubError(
        .invalid, "too_many_walks",
        "The call reaches records behind more than \(Limits.queryJoins.value) references. "
            + "Name fewer fields in sysparm_fields.")
}
