import Core
import Documents
import Ports
public import Storage

extension Flows {
    func listFlows() async throws -> JSON {
        let rows = try await database.read { reader in try FlowStore.all(in: reader).map(\.json) }
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
        let definition = try FlowReader.read(source, file: flow.name)
        shown["uses"] = Self.uses(definition)
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

// What the hub asks before aliases go and flows start.
extension Flows {
    /// The name of a flow and the aliases it uses, by name or id; throws `no_such_flow`.
    public static func aliases(
        ofFlow idOrName: String, in reader: any SQLReader
    ) throws -> (name: String, aliases: [String]) {
        let flow = try FlowStore.flow(idOrName, in: reader)
        let source = try FlowStore.source(flow.id, version: flow.version, in: reader)
        return (flow.name, try aliases(in: source, of: flow.name))
    }

    /// The first active flow, by name, that uses one of these aliases; nil if none does.
    public static func activeFlow(using aliases: Set<String>, in reader: any SQLReader) throws -> String? {
        var last = ""
        while let row = try reader.row(
            """
            SELECT f.name AS name, v.source AS source FROM flow f
            JOIN flow_version v ON v.flow_id = f.id AND v.version = f.current_version
            WHERE f.active = 1 AND f.name > $1 ORDER BY f.name LIMIT 1
            """, [.text(last)])
        {
            last = try row.text("name")
            if try !aliases.isDisjoint(with: Self.aliases(in: try row.text("source"), of: last)) { return last }
        }
        return nil
    }

    private static func aliases(in source: String, of flow: String) throws -> [String] {
        do throws(DocumentProblem) {
            return try FlowReader.read(source, file: "\(flow) (stored)").uses.map(\.alias)
        } catch {
            throw HubError(.invalid, "bad_flow_file", "\(error).")
        }
    }
}
