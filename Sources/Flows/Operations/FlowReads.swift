import Core
import Ports
public import Storage

extension Flows {
    func listFlows(after name: String) async throws -> JSON {
        Paging.answer(try await database.read { reader in try FlowStore.page(after: name, in: reader).map(\.json) })
    }

    func showFlow(_ request: OperationRequest) async throws -> JSON {
        let (flow, definition, source, versions, executions) = try await database.read { reader in
            let flow = try FlowStore.flow(request.id, in: reader)
            let source = try FlowStore.source(flow.id, version: flow.version, in: reader)
            return (
                flow, try FlowStore.read(source, flow.name, version: flow.version), source,
                try Self.versions(of: flow, in: reader), try Self.latest(of: flow, in: reader)
            )
        }
        guard case .object(var shown) = flow.json else { return flow.json }
        shown["uses"] = Self.uses(definition)
        if case .manual(let inputs) = definition.trigger { shown["inputs"] = .array(inputs.map(\.json)) }
        shown["graph"] = FlowGraph(definition, catalogue).json
        shown["source"] = .string(source)
        shown["versions"] = .array(versions)
        shown["executions"] = .array(executions)
        return .object(shown)
    }

    private static func versions(of flow: FlowRow, in reader: any SQLReader) throws -> [JSON] {
        try reader.rows(
            """
            SELECT version, sha256, created_at, created_by FROM flow_version
            WHERE flow_id = $1 ORDER BY version DESC LIMIT $2
            """, [.text(flow.id), .int(Int64(Limits.pageRows.value))]
        ).map { row in
            [
                "version": .int(try row.int("version")), "sha256": .string(try row.text("sha256")),
                "at": .string(Timestamp(epochMilliseconds: try row.int("created_at")).rfc3339),
                "by": .string(try row.text("created_by")),
            ]
        }
    }

    private static func latest(of flow: FlowRow, in reader: any SQLReader) throws -> [JSON] {
        try reader.rows(
            """
            SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test, parent_id,
            rerun_of, rerun_as, cancel_by
            FROM execution WHERE flow_id = $1 ORDER BY started_at DESC, id LIMIT 10
            """, [.text(flow.id)]
        ).map(ExecutionView.summary)
    }
}

// What the hub asks before aliases and hooks go.
extension Flows {
    /// The first active flow, by name, that starts from this hook; nil if none does.
    public static func activeFlow(fromHook name: String, in reader: any SQLReader) throws -> String? {
        try reader.row(
            "SELECT name FROM flow WHERE trigger_hook = $1 AND active = 1 ORDER BY name LIMIT 1", [.text(name)]
        )?.text("name")
    }

    /// The first active flow, by name, that uses one of these aliases; nil if none does.
    public static func activeFlow(using aliases: Set<String>, in reader: any SQLReader) throws -> String? {
        var last = ""
        while let row = try reader.row(
            """
            SELECT id, name, current_version FROM flow WHERE active = 1 AND name > $1 ORDER BY name LIMIT 1
            """, [.text(last)])
        {
            last = try row.text("name")
            let flow = try FlowStore.definition(
                try row.text("id"), last, version: try row.int("current_version"), in: reader)
            if !aliases.isDisjoint(with: flow.uses.map(\.alias)) { return last }
        }
        return nil
    }
}
