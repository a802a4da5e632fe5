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
    /// The hook that it starts from; nil for none.
    let hook: String?
    let conditions: [Condition]
    let schedule: Schedule?
    /// The next tick of an active flow with a schedule.
    let nextAt: Timestamp?
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
        hook = try row.optionalText("trigger_hook")
        let items = try JSON.read(try row.text("conditions")).array ?? []
        conditions = items.compactMap(Condition.init)
        // A condition that is not understood must not count as met.
        guard conditions.count == items.count else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "flow.conditions of \(name)")
        }
        let kept = try row.optionalText("schedule")
        schedule = try kept.flatMap { Schedule(try JSON.read($0)) }
        guard (kept == nil) == (schedule == nil) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "flow.schedule of \(name)")
        }
        nextAt = try row.optionalMoment("next_at")
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }

    /// As lists and the history show it.
    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "title": .string(title), "application": .string(application),
            "active": .bool(isActive), "version": .int(version),
            "trigger": trigger, "next_at": nextAt.map { .string($0.rfc3339) } ?? .null,
            "created_at": .string(createdAt.rfc3339), "updated_at": .string(updatedAt.rfc3339),
        ]
    }
}

extension FlowRow {
    private var trigger: JSON {
        if let table {
            return ["record": .string(table), "when": .string(when ?? ""), "if": .array(conditions.map(\.json))]
        }
        if let hook { return ["hook": .string(hook), "if": .array(conditions.map(\.json))] }
        return schedule.map { ["schedule": $0.json] } ?? "manual"
    }

    /// In words: `from changes of hr_leaver`.
    var startsFrom: String {
        if let table { return "from changes of \(table)" }
        if let hook { return "from events through \(hook)" }
        return schedule.map { "by its schedule (\($0.says))" } ?? "by hand"
    }

    /// What the configuration history keeps: a tick that passes is no change of the flow.
    var configuration: JSON {
        guard case .object(var members) = json else { return json }
        members["next_at"] = nil
        return .object(members)
    }
}

/// Reads flows and their versions.
enum FlowStore {
    /// The flow of that id or name; `notFound` when there is none.
    static func flow(_ idOrName: String, in reader: any SQLReader) throws -> FlowRow {
        let found = try reader.row(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1
            """, [.text(idOrName)])
        guard let found else {
            throw HubError(.notFound, "no_such_flow", "There is no flow \(Shown.name(idOrName)).")
        }
        return try FlowRow(found)
    }

    /// A page of flows by name, behind one.
    static func page(after name: String, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map(FlowRow.init)
    }

    /// The active flows that an event through a hook starts.
    static func flows(for event: HookArrival, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE trigger_hook = $1 AND active = 1 ORDER BY name LIMIT $2
            """, [.text(event.hook), .int(Int64(Limits.flows.value))]
        ).map(FlowRow.init).filter { flow in flow.conditions.allSatisfy { $0.holds(for: event.event) } }
    }

    /// The active flows that a change starts.
    static func flows(for change: Change, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE trigger_table = $1 AND trigger_when = $2 AND active = 1 ORDER BY name LIMIT $3
            """, [.text(change.table), .text(change.kind), .int(Int64(Limits.flows.value))]
        ).map(FlowRow.init).filter { flow in flow.conditions.allSatisfy { $0.holds(for: change.record) } }
    }

    /// The active flows whose tick has come, the most overdue first.
    static func due(at now: Timestamp, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE active = 1 AND next_at <= $1 ORDER BY next_at, id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map(FlowRow.init)
    }

    /// The active flows whose tick is still to come, the latest first.
    static func waiting(after now: Timestamp, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            schedule, next_at, trigger_hook, created_at, updated_at
            FROM flow WHERE active = 1 AND next_at > $1 ORDER BY next_at DESC, id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map(FlowRow.init)
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

extension FlowStore {
    /// What one version of a flow says; what the file means is not checked again.
    ///
    /// Throws `HubError`: `notFound` when there is no such version, `conflict` for one that this program cannot read.
    static func definition(
        _ flowID: String, _ name: String, version: Int64, in reader: any SQLReader
    ) throws -> FlowDefinition {
        try read(try source(flowID, version: version, in: reader), name, version: version)
    }

    /// What a stored source says.
    static func read(_ source: String, _ name: String, version: Int64) throws -> FlowDefinition {
        do throws(DocumentProblem) {
            return try FlowReader.read(source, file: "\(name) version \(version)")
        } catch {
            throw HubError(
                .conflict, "bad_stored_flow",
                "A stored flow cannot be read: \(error). Store it anew: linchpin flow update \(name) FILE")
        }
    }

    /// What a flow's current version says.
    static func definition(of flow: FlowRow, in reader: any SQLReader) throws -> FlowDefinition {
        try definition(flow.id, flow.name, version: flow.version, in: reader)
    }
}
