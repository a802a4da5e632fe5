import Core
import Documents
import Storage

/// One row of `flow`.
struct FlowRow: Sendable, Equatable {
    let id: String
    let name: String
    let title: String
    let application: String
    let isActive: Bool
    let version: Int64
    let table: String?
    let when: String?
    let conditions: [Condition]
    let createdAt: Timestamp
    let updatedAt: Timestamp

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        name = try row.text("name")
        title = try row.text("title")
        application = try row.text("application")
        isActive = try row.bool("active")
        version = try row.int("current_version")
        table = try row.optionalText("trigger_table")
        when = try row.optionalText("trigger_when")
        let items = try JSON.read(try row.text("conditions")).array ?? []
        conditions = items.compactMap(Condition.init)
        // A condition that is not understood must not count as met.
        guard conditions.count == items.count else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "flow.conditions of \(name)")
        }
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }

    /// As lists and the history show it.
    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "title": .string(title), "application": .string(application),
            "active": .bool(isActive), "version": .int(version),
            "trigger": table.map { table in
                ["record": .string(table), "when": .string(when ?? ""), "if": .array(conditions.map(\.json))]
            } ?? "manual",
            "created_at": .string(createdAt.rfc3339), "updated_at": .string(updatedAt.rfc3339),
        ]
    }
}

/// Reads flows and their versions.
enum FlowStore {
    /// The flow of that id or name; `notFound` when there is none.
    static func flow(_ idOrName: String, in reader: any SQLReader) throws -> FlowRow {
        let found = try reader.row(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            created_at, updated_at
            FROM flow WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1
            """, [.text(idOrName)])
        guard let found else {
            throw HubError(.notFound, "no_such_flow", "There is no flow \(Shown.name(idOrName)).")
        }
        return try FlowRow(found)
    }

    /// One version's source; `notFound` when there is none.
    static func source(_ flowID: String, version: Int64, in reader: any SQLReader) throws -> String {
        let found = try reader.row(
            "SELECT source FROM flow_version WHERE flow_id = $1 AND version = $2", [.text(flowID), .int(version)])
        guard let found else {
            throw HubError(.notFound, "no_such_version", "The flow has no version \(version).")
        }
        return try found.text("source")
    }
}

extension ExecutionStore {
    /// The flow as it was when the execution started, whatever became of it since.
    func definition(of execution: Execution) async throws -> FlowDefinition {
        let source = try await database.read { reader in
            try FlowStore.source(execution.flowID, version: execution.version, in: reader)
        }
        do throws(DocumentProblem) {
            return try FlowReader.read(source, file: "\(execution.flow) version \(execution.version)")
        } catch {
            throw HubError(.internal, "bad_stored_flow", "Internal error.", detail: "\(error)")
        }
    }
}
