import Core
import Ports
import Storage

/// The approval that was made for one call of a step, by the rows of the step's own execution.
enum StepApproval {
    /// One that stands before the step, names it, and showed exactly this call to whoever approved; nil without one.
    /// Of several the one that counts longest.
    static func find(
        of entry: JournalEntry, _ work: Work, in execution: Execution, _ flow: FlowDefinition, _ reader: any SQLReader
    ) throws -> Approval? {
        guard case .action(let action, let input) = work else { return nil }
        var found: Approval?
        for (name, goodFor) in flow.approvals(of: StepPath.name(entry.path)) {
            for path in StepPath.lists(around: entry.path).map({ $0 + name }) {
                let row = try reader.row(
                    """
                    SELECT approves, decided_as, ended_at FROM approval
                    WHERE execution_id = $1 AND path = $2 AND state = 'approved'
                    """, [.text(execution.id.rawValue), .text(path)])
                guard let row, try shows(entry, action, input, row),
                    let at = try row.optionalInt("ended_at").map(Timestamp.init(epochMilliseconds:))
                else { continue }
                let until = at.adding(seconds: goodFor)
                if let found, found.until >= until { continue }
                found = Approval(
                    by: try Execution.texts(try row.optionalText("decided_as") ?? "[]"),
                    behind: try behind(execution.id.rawValue, execution.origins, reader), until: until)
            }
        }
        return found
    }

    private static func shows(
        _ entry: JournalEntry, _ action: ActionStep, _ input: JSONObject, _ row: SQLRow
    ) throws -> Bool {
        guard let text = try row.optionalText("approves") else { return false }
        return try JournalValue.read(text).array?.contains { call in
            call["step"]?.string == StepPath.name(entry.path) && call["action"]?.string == action.action.description
                && call["alias"]?.string == action.alias && call["with"]?.array?.contains(.object(input)) == true
        } == true
    }

    /// Everyone behind an execution's calls: its origins, and who wrote the versions that it and the executions that
    /// started it run. Nil when one of these is not known.
    static func behind(_ id: String, _ origins: [String], _ reader: any SQLReader) throws -> [String]? {
        var all = Set(origins)
        var next: String? = id
        for _ in 0...Limits.subflowDepth.value {
            guard let id = next else { break }
            let row = try reader.row(
                """
                SELECT e.parent_id, v.author FROM execution e
                LEFT JOIN flow_version v ON v.flow_id = e.flow_id AND v.version = e.version WHERE e.id = $1
                """, [.text(id)])
            guard let author = try row?.optionalText("author") else { return nil }
            all.formUnion(try Execution.texts(author))
            next = try row?.optionalText("parent_id")
        }
        return all.sorted()
    }
}

extension StepPath {
    /// What stands before the names of the lists in which a step lies, the outermost first: ``, `leave[2].`.
    static func lists(around path: String) -> [String] {
        [""] + path.indices.filter { path[$0] == "." }.map { String(path[...$0]) }
    }
}
