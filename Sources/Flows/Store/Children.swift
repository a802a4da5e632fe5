import AuditTrail
import Core
import Ports
import Storage

/// Starts executions that other executions wait for.
enum Children {
    /// Starts a flow as a step of another. Throws `HubError` for what cannot start; the step fails with it.
    ///
    /// In a re-run the sub-flow is a re-run too: it takes over what the one before it did.
    static func start(
        _ name: String, _ input: JSONObject, _ id: ExecutionID, at path: String, of parent: Execution,
        now: Timestamp, in writer: any SQLWriter
    ) throws {
        let flow = try FlowStore.flow(name, in: writer)
        guard flow.isActive else {
            throw HubError(.conflict, "flow_not_active", "Flow \(flow.name) is not active. Activate it, then re-run.")
        }
        guard !parent.chain.contains(flow.name) else {
            throw HubError(.conflict, "flow_in_chain", "Flow \(flow.name) led here; a flow does not start itself.")
        }
        guard parent.depth < Int64(Limits.subflowDepth.value) else {
            throw HubError(
                .conflict, "too_deep", "Flows may start one another at most \(Limits.subflowDepth.value) levels deep.")
        }
        let before = try takenOver(flow, at: path, of: parent, in: writer)
        let version = try before?.int("version") ?? flow.version
        let definition = try FlowStore.definition(flow.id, flow.name, version: version, in: writer)
        guard case .manual(let inputs) = definition.trigger else {
            throw HubError(
                .conflict, "flow_not_manual", "Flow \(flow.name) has a trigger of its own; a step starts manual flows.")
        }
        let taken = try FlowInput.taken(input, by: inputs, of: flow.name)
        guard Trigger.sensitive(inputs).allSatisfy({ taken[$0] == nil }) else {
            throw HubError(
                .conflict, "sensitive_input",
                "Flow \(flow.name) takes a sensitive input, which a step can't give. Start it by hand.")
        }
        let cause = parent.cause(at: now)
        let old = try before?.text("id")
        try Starter.insert(
            NewExecution(
                id: id, flow: flow, trigger: ["input": .object(taken)], chain: parent.chain + [flow.name],
                startedBy: "flow \(parent.flow)", origins: parent.origins, isTest: parent.isTest,
                parent: .init(id: parent.id.rawValue, path: path), depth: parent.depth + 1, rerunOf: old,
                version: version), by: cause, [.step: path], in: writer)
        if let old { try Rerun.takeOver(old, definition, as: id, in: writer) }
    }

    /// What the same step of the re-run execution had started, if that did not end well.
    private static func takenOver(
        _ flow: FlowRow, at path: String, of parent: Execution, in reader: any SQLReader
    ) throws -> SQLRow? {
        guard let old = parent.rerunOf else { return nil }
        return try reader.row(
            """
            SELECT id, version FROM execution WHERE parent_id = $1 AND parent_path = $2 AND flow_id = $3
            AND state IN ('failed', 'cancelled') AND rerun_as IS NULL ORDER BY started_at DESC, id LIMIT 1
            """, [.text(old), .text(path), .text(flow.id)])
    }
}

/// A new execution that goes on where an ended one stopped.
enum Rerun {
    /// Moves what was done into the new one, and marks the old one: it is re-run once.
    ///
    /// Throws `already_rerun` when somebody was first, or the old one has not ended.
    static func takeOver(
        _ old: String, _ flow: FlowDefinition, as new: ExecutionID, in writer: any SQLWriter
    ) throws {
        let isFirst = try writer.run(
            "UPDATE execution SET rerun_as = $1 WHERE id = $2 AND ended_at IS NOT NULL AND rerun_as IS NULL",
            [.text(new.rawValue), .text(old)])
        guard isFirst == 1 else {
            throw HubError(
                .conflict, "already_rerun",
                "Execution \(Shown.name(old)) runs, or was re-run already. Look at it: linchpin execution get \(Shown.name(old))"
            )
        }
        let journal = Journal(try JournalRows.entries(of: ExecutionID(old), in: writer))
        // What was never expanded has no input, and begins anew.
        let open = journal.latest.values.filter { entry in
            [.failed, .cancelled, .planned].contains(entry.state) && entry.input != .null
                && flow.containers.contains(StepPath.name(entry.path))
                && !entry.path.hasPrefix(ExecutionMachine.errorBranch)
        }
        try JournalRows.takeOver(
            from: old, to: new.rawValue, open: open.map(\.path).sorted(), anew: journal.openApprovals, in: writer)
    }
}

extension Journal {
    /// Paths of the approvals of which not every call is done: whoever goes on with those asks a person again.
    fileprivate var openApprovals: [String] {
        latest.values.filter { approval in
            guard approval.state == .done, let calls = approval.input["approves"]?.array else { return false }
            let names = calls.compactMap { $0["step"]?.string }
            let list = StepPath.lists(around: approval.path).last ?? ""
            let done = latest.values.count { entry in
                entry.state == .done && entry.path.hasPrefix(list) && names.contains(StepPath.name(entry.path))
            }
            return done < calls.reduce(0) { $0 + ($1["with"]?.array?.count ?? 0) }
        }.map(\.path).sorted()
    }
}

/// Paths of steps in a journal.
enum StepPath {
    /// The step's own name, which is unique in its flow: `remove` of `leave[2].remove`.
    static func name(_ path: String) -> String {
        String((path.split(separator: ".").last ?? "").prefix { $0 != "[" })
    }
}
