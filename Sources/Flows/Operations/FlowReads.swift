import Core
import Documents
import Ports
import Storage

extension Flows {
    func listFlows() async throws -> JSON {
        let rows = try await database.read { reader in
            try reader.rows(
                """
                SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
                created_at, updated_at
                FROM flow ORDER BY name LIMIT $1
                """, [.int(Int64(Limits.pageRows.value))]
            ).map { try FlowRow($0).json }
        }
        return ["items": .array(rows)]
    }

    func showFlow(_ request: OperationRequest) async throws -> JSON {
        let (flow, source, versions, executions) = try await database.read { reader in
            let flow = try FlowStore.flow(request.id, in: reader)
            return (
                flow, try FlowStore.source(flow.id, version: flow.version, in: reader),
                try Self.versions(of: flow, in: reader), try Self.latest(of: flow, in: reader)
            )
        }
        guard case .object(var shown) = flow.json else { return flow.json }
        shown["uses"] = try Self.aliases(of: source, flow)
        shown["source"] = .string(source)
        shown["versions"] = .array(versions)
        shown["executions"] = .array(executions)
        return .object(shown)
    }

    private static func aliases(of source: String, _ flow: FlowRow) throws -> JSON {
        var uses = JSONObject()
        for use in try FlowReader.read(source, file: flow.name).uses { uses[use.spoke] = .string(use.alias) }
        return .object(uses)
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
            SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says
            FROM execution WHERE flow_id = $1 ORDER BY started_at DESC, id LIMIT 10
            """, [.text(flow.id)]
        ).map(ExecutionView.summary)
    }
}
