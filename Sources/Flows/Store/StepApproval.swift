import Core
import Ports
import Storage

/// The approvals that were made for one call of a step, by the rows of the step's own execution.
enum StepApproval {
    /// One of them, and whom it asked.
    struct Found: Sendable {
        let approval: Approval
        let role: String?
        let user: String?
    }

    /// Those that stand before the step, name it, and showed exactly this call to whoever approved; first the one that
    /// counts longest.
    static func all(
        of entry: JournalEntry, _ work: Work, in execution: Execution, _ flow: FlowDefinition, _ reader: any SQLReader
    ) throws -> [Found] {
        guard case .action(let action, let input) = work else { return [] }
        var found: [Found] = []
        for (name, goodFor) in flow.approvals(of: StepPath.name(entry.path)) {
            for path in StepPath.lists(around: entry.path).map({ $0 + name }) {
                let row = try reader.row(
                    """
                    SELECT approves, decided_as, ended_at, role, user_name FROM approval
                    WHERE execution_id = $1 AND path = $2 AND state = 'approved'
                    """, [.text(execution.id.rawValue), .text(path)])
                guard let row, let call = try shown(entry, action, input, row),
                    let at = try row.optionalMoment("ended_at")
                else { continue }
                let approval = Approval(
                    by: try Execution.texts(try row.optionalText("decided_as") ?? "[]"),
                    behind: try behind(execution.id.rawValue, execution.origins, reader),
                    until: at.adding(seconds: goodFor), target: CallTarget(shown: call["connection"]))
                found.append(
                    Found(
                        approval: approval, role: try row.optionalText("role"), user: try row.optionalText("user_name"))
                )
            }
        }
        return found.sorted { $0.approval.until > $1.approval.until }
    }

    /// The call as an approval showed it; nil when it showed another one.
    private static func shown(
        _ entry: JournalEntry, _ action: ActionStep, _ input: JSONObject, _ row: SQLRow
    ) throws -> JSON? {
        guard let text = try row.optionalText("approves") else { return nil }
        return try JournalValue.read(text).array?.first { call in
            call["step"]?.string == StepPath.name(entry.path) && call["action"]?.string == action.action.description
                && call["alias"]?.string == action.alias && call["with"]?.array?.contains(.object(input)) == true
        }
    }

    /// Everyone behind an execution's calls: its origins, and who wrote the versions that it, the executions that
    /// started it and those that these took over run. Nil when one of these is not known, or there are too many.
    ///
    /// What an execution took over may have been deleted; a re-run has its version and its origins.
    static func behind(_ id: String, _ origins: [String], _ reader: any SQLReader) throws -> [String]? {
        var all = Set(origins)
        var (next, seen): ([(id: String, isTakenOver: Bool)], Set<String>) = ([(id, false)], [])
        while let (id, isTakenOver) = next.popLast() {
            guard seen.insert(id).inserted else { continue }
            guard seen.count <= Limits.pageRows.value else { return nil }
            let row = try reader.row(
                """
                SELECT e.parent_id, e.rerun_of, v.author FROM execution e
                LEFT JOIN flow_version v ON v.flow_id = e.flow_id AND v.version = e.version WHERE e.id = $1
                """, [.text(id)])
            if row == nil, isTakenOver { continue }
            guard let row, let author = try row.optionalText("author") else { return nil }
            all.formUnion(try Execution.texts(author))
            if let parent = try row.optionalText("parent_id") { next.append((parent, isTakenOver)) }
            if let old = try row.optionalText("rerun_of") { next.append((old, true)) }
        }
        return all.sorted()
    }
}

extension StepApproval.Found {
    /// The id of the user who approved; nil for anything but one person.
    var approver: UserID? {
        let kind = "\(Actor.Kind.user.rawValue):"
        guard approval.by.count == 1, approval.by[0].hasPrefix(kind) else { return nil }
        return UserID(String(approval.by[0].dropFirst(kind.count)))
    }

    /// Whether this user might decide it at this moment: by the operation's roles, and as one who is asked.
    func asks(_ someone: UserFacts) -> Bool {
        guard someone.isActive, !someone.isLocked, !someone.isWebServiceOnly,
            Flows.deciders.contains(where: { someone.roles.contains($0.rawValue) })
        else { return false }
        return Approvals.isAsked(role: role, user: user, name: someone.name, roles: someone.roles)
    }
}

extension CallTarget {
    /// As an approval keeps it.
    var shown: JSON { ["id": .string(id.rawValue), "name": .string(name), "url": .string(url)] }

    /// Reads what an approval keeps; nil when it keeps nothing of the kind.
    init?(shown: JSON?) {
        guard let id = shown?["id"]?.string, let name = shown?["name"]?.string, let url = shown?["url"]?.string else {
            return nil
        }
        self.init(id: ConnectionID(id), name: name, url: url)
    }
}

extension StepPath {
    /// What stands before the names of the lists in which a step lies, the outermost first: ``, `leave[2].`.
    static func lists(around path: String) -> [String] {
        [""] + path.indices.filter { path[$0] == "." }.map { String(path[...$0]) }
    }
}
