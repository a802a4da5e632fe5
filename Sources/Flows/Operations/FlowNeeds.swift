import Documents
public import Ports
public import Storage

/// What must be there, or be allowed, before a flow starts: what it names outside its own file. Whoever knows those
/// things checks them.
public struct FlowNeeds: Sendable {
    /// A name and the line of the file where it stands.
    public struct Named: Sendable, Equatable {
        /// The name.
        public let name: String
        /// Its line.
        public let line: Int
    }
    /// A step that runs an action.
    public struct Call: Sendable {
        /// The step.
        public let step: Named
        /// Its action.
        public let action: ActionName
        /// The alias through which it runs.
        public let alias: String
    }
    /// The flow's name.
    public let flow: String
    /// The aliases that it uses.
    public let aliases: [Named]
    /// The table whose changes start it; nil for none.
    public let startedBy: String?
    /// The tables whose records it changes.
    public let tables: [Named]
    /// The roles that its approvals ask.
    public let roles: [Named]
    /// The users whom its approvals ask.
    public let users: [Named]
    /// The flows that it starts.
    public let flows: [Named]
    /// Its actions.
    public let calls: [Call]
    /// Those that no approval names.
    public let unapproved: [Call]
    /// The hook that it starts from; nil for none.
    public let hook: Named?

    init(_ flow: FlowDefinition) {
        self.flow = flow.name
        aliases = flow.uses.map { Named(name: $0.alias, line: $0.line) }
        var (tables, roles, users, flows): ([Named], [Named], [Named], [Named]) = ([], [], [], [])
        var calls: [Call] = []
        for step in flow.allSteps {
            switch step.kind {
            case .update(let update): tables.append(Named(name: update.table, line: step.line))
            case .flow(let sub): flows.append(Named(name: sub.flow, line: step.line))
            case .approval(let approval):
                switch approval.decider {
                case .role(let name): roles.append(Named(name: name, line: step.line))
                case .user(let name): users.append(Named(name: name, line: step.line))
                }
            case .action(let action): calls.append(Self.call(step, action))
            case .wait, .forEach, .parallel: break
            }
        }
        unapproved = flow.unapproved.map { Self.call($0.step, $0.action) }
        startedBy = if case .record(let table, _, _) = flow.trigger { table } else { nil }
        self.tables = tables
        self.roles = roles
        self.users = users
        self.flows = flows
        self.calls = calls
        hook = if case .hook(let name, _, let line) = flow.trigger { Named(name: name, line: line) } else { nil }
    }

    private static func call(_ step: Step, _ action: ActionStep) -> Call {
        Call(step: Named(name: step.name, line: step.line), action: action.action, alias: action.alias)
    }
}

extension Flows {
    /// The names of the active flows, in the order of their bytes.
    public static func active(in reader: any SQLReader) throws -> [String] {
        try reader.rows("SELECT name FROM flow WHERE active = 1 ORDER BY name", []).map { try $0.text("name") }
    }

    /// What a flow's current version needs; throws `no_such_flow`.
    public static func needs(ofFlow idOrName: String, in reader: any SQLReader) throws -> FlowNeeds {
        FlowNeeds(try FlowStore.definition(of: try FlowStore.flow(idOrName, in: reader), in: reader))
    }

    /// What a flow needs with this source, and whether it is active; nil for a source that cannot be read, which nobody
    /// can store.
    public static func needs(
        ofFlow idOrName: String, with source: String, in reader: any SQLReader
    ) throws -> (needs: FlowNeeds, isActive: Bool)? {
        let isActive = try FlowStore.flow(idOrName, in: reader).isActive
        do throws(DocumentProblem) {
            return (FlowNeeds(try FlowReader.read(source, file: idOrName)), isActive)
        } catch { return nil }
    }

    /// What a source needs that nobody stored; nil for one that cannot be read.
    public static func needs(ofSource source: String) throws -> FlowNeeds? {
        do throws(DocumentProblem) {
            return FlowNeeds(try FlowReader.read(source, file: "flow"))
        } catch { return nil }
    }

    /// The destructive actions of a flow that no approval names, with their titles.
    public func destructive(of flow: FlowNeeds) -> [(step: FlowNeeds.Call, title: String)] {
        flow.unapproved.compactMap { step in
            catalogue.describe(step.action).flatMap { $0.isDestructive ? (step, $0.title) : nil }
        }
    }

    /// Whether there is a flow of that id or name.
    public static func exists(_ idOrName: String, in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT id FROM flow WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1", [.text(idOrName)]) != nil
    }
}
