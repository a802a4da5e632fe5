import Core
import Ports

/// The lists of roles that were sent, and what part of the rows each may read; nil leaves a list as it is.
struct WantedRoles: Sendable {
    let create, read, write, delete: [String]?
    let conditions: ReadConditions?

    init(_ request: OperationRequest) throws {
        create = try Self.roles("create_roles", request)
        read = try Self.roles("read_roles", request)
        write = try Self.roles("write_roles", request)
        delete = try Self.roles("delete_roles", request)
        conditions = try request.input["read_conditions"]?.object.map(Self.conditions)
    }

    func applied(to rights: TableRights) -> TableRights {
        TableRights(
            create: create ?? rights.create, read: read ?? rights.read, write: write ?? rights.write,
            delete: delete ?? rights.delete)
    }

    /// Refuses what could not hold: a role for which nothing is kept back, and a query that the table does not take.
    func check(_ table: RecordTable) throws {
        if table.isProjection, !(create ?? []).isEmpty || !(write ?? []).isEmpty || !(delete ?? []).isEmpty {
            throw HubError(
                .invalid, "table_read_only", "The table \(table.name) is read-only here. Only read_roles can be set.")
        }
        for role in table.conditions.roles where !table.rights.read.contains(role) {
            throw Self.bad("names the role \(Shown.name(role)), which is not among read_roles")
        }
        for query in table.conditions.queries {
            var walks = Walks(table, .hub(as: ""), find: { _ in nil })
            let parsed: EncodedQuery
            do { parsed = try QueryParser.parse(Self.withoutCaller(query), &walks) } catch let error as HubError {
                throw Self.bad("holds a query that this table does not take: \(error.message)")
            }
            guard walks.joins.isEmpty else { throw Self.bad("holds a dot-walk; a condition looks at the row alone") }
            guard parsed.order.isEmpty else { throw Self.bad("holds an ORDERBY, which finds nothing") }
        }
    }

    /// Nobody calls yet: any id stands for the caller's.
    private static func withoutCaller(_ query: String) -> String {
        query.replacing("javascript:gs.getUserID()", with: String(repeating: "0", count: 32))
    }

    private static func conditions(_ object: JSONObject) throws -> ReadConditions {
        var byRole: [String: String] = [:]
        for member in object.members {
            guard let query = member.value.string, query.unicodeScalars.count <= Limits.sentenceField.value else {
                throw bad("must hold texts of at most \(Limits.sentenceField.value) characters")
            }
            byRole[member.name] = query
        }
        return ReadConditions(byRole)
    }

    private static func bad(_ what: String) -> HubError {
        HubError(.invalid, "bad_condition", "\"read_conditions\" \(what).")
    }

    private static func roles(_ field: String, _ request: OperationRequest) throws -> [String]? {
        guard let names = request.texts(field) else { return nil }
        guard names.allSatisfy(DictionaryName.isName), Set(names).count == names.count else {
            throw HubError(
                .invalid, "bad_role",
                "\"\(field)\" must be different role names of lowercase letters, digits and _, a letter first.")
        }
        return names
    }
}
