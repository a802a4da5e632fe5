import AuditTrail
public import Core
public import Ports
public import Storage

/// Runs actions of spokes: gate, alias, connection, credential, encoding, the outside, log.
public final class Spokes: ActionRunning {
    let catalogue: SpokeCatalogue
    /// What a list says of each spoke, activated or not.
    let summaries: [(name: String, active: JSON, inactive: JSON)]
    let credentials: any CredentialSource
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let database: any Database
    let effects: Effects
    /// The names of those that are activated, under one key.
    let active: EpochMemory<String, Set<String>>
    /// Whether one is, by its name.
    let switched: EpochMemory<String, Bool>
    /// Where the places of streams' readers are kept; nil where none are.
    private let places: StreamPlaces?
    let circuits: CircuitBoard

    /// - Parameters:
    ///   - database: where it is kept which spokes are activated and how far streams were read, and where refusals by
    ///     the gate are audited.
    ///   - journal: knows whether what a stream handed out was kept; without it no place of a reader moves.
    public init(
        catalogue: SpokeCatalogue, credentials: any CredentialSource, outbound: any OutboundCalling,
        log: any TransactionLogging, database: any Database, journal: (any StepJournal)?, effects: Effects,
        circuits: CircuitBoard = CircuitBoard()
    ) {
        self.circuits = circuits
        places = journal.map { StreamPlaces(database: database, journal: $0) }
        self.catalogue = catalogue
        summaries = catalogue.spokes.map { spoke in
            (spoke.name, .object(spoke.summary(isActive: true)), .object(spoke.summary(isActive: false)))
        }
        self.credentials = credentials
        self.outbound = outbound
        self.log = log
        self.database = database
        self.effects = effects
        active = EpochMemory(database.epochs, most: 1)
        switched = EpochMemory(database.epochs, most: Limits.pageRows.value)
    }

    public func gate(_ call: ActionCall) async throws -> ActionOutcome? {
        switch try await decide(call) {
        case .success:
            return nil
        case .failure(let refusal):
            note(refusal, of: call)
            return refusal.outcome
        }
    }

    public func target(alias: String) async throws -> CallTarget? { try await credentials.target(alias: alias) }

    public func run(_ call: ActionCall) async throws -> ActionOutcome {
        switch try await decide(call) {
        case .success(let run): return await run.action.kind.run(run)
        case .failure(let refusal):
            note(refusal, of: call)
            try await record(refusal, of: call)
            return refusal.outcome
        }
    }

    public func lookUp(_ call: ActionCall) async throws -> ActionOutcome? {
        guard let lookUp = catalogue.find(call.action)?.action.lookUp else { return nil }
        var input = JSONObject()
        for pair in lookUp.with { input[pair.input] = call.input[pair.from] }
        let other = ActionCall(
            action: ActionName(spoke: call.action.spoke, key: lookUp.action), alias: call.alias, input: input,
            most: nil, execution: call.execution, cause: call.cause)
        let run: ActionRun
        switch try await decide(other) {
        case .success(let passed): run = passed
        case .failure(let refusal):
            note(refusal, of: other)
            return refusal.outcome
        }
        let found: JSON
        switch await run.action.kind.run(run) {
        case .done(let output): found = output
        // A look changes nothing, so it may be tried again.
        case .failed(let reason, let says), .unknown(let reason, let says), .later(let reason, let says, _):
            return .unknown(reason: reason, says: says)
        case .refused: return nil
        }
        if found[lookUp.output] == lookUp.equals { return .done(.object(JSONObject())) }
        return .failed(
            reason: "did_not_happen",
            says: "\(run.spoke.title) shows no effect of \"\(call.action)\". It may be run again.")
    }

    private func decide(_ call: ActionCall) async throws -> Result<ActionRun, Gate.Refusal> {
        guard let (spoke, action) = catalogue.find(call.action) else {
            return .failure(Gate.unknown(call.action))
        }
        guard try await isActive(spoke.name) else { return .failure(Gate.inactive(spoke)) }
        let connection: ResolvedConnection
        do {
            connection = try await credentials.resolve(alias: call.alias)
        } catch let error as HubError where error.kind == .notFound || error.kind == .conflict {
            return .failure(Gate.Refusal(check: .alias, reason: error.reason, says: error.message))
        }
        return Gate.decide(call, spoke, action, connection).map { pass in
            ActionRun(
                spoke: spoke, action: action, call: call, connection: pass.connection, request: pass.request,
                keys: pass.keys, credentials: credentials, outbound: outbound, log: log, places: places,
                circuits: circuits, effects: effects)
        }
    }

    /// A refusal's row in the log.
    private func note(_ refusal: Gate.Refusal, of call: ActionCall) {
        let known = catalogue.find(call.action)?.action
        var row = Transaction(
            .outbound, call.cause.correlation, at: effects.now(), method: known?.request.method.rawValue ?? "-",
            path: known?.request.path ?? "-")
        row.outcome = .refused
        row.reason = refusal.reason
        row.decision = LateJSON { refusal.check.refusal(refusal.reason, refusal.says) }
        row.user = call.cause.actor.name
        row.connection = refusal.connection
        row.action = Shown.name(call.action.description)
        row.execution = call.execution
        log.log(row)
    }

    private func record(_ refusal: Gate.Refusal, of call: ActionCall) async throws {
        let known = catalogue.find(call.action)?.action
        var details: [AuditEvent.Key: String] = [.reason: refusal.reason, .alias: Shown.name(call.alias)]
        if !refusal.connection.isEmpty { details[.connection] = refusal.connection }
        if !call.execution.isEmpty { details[.execution] = call.execution }
        let name = Shown.name(call.action.description)
        let event = AuditEvent(
            .actionRefused, on: .init("action", id: name, name: known?.name ?? name), by: call.cause, details)
        try await database.write(.change) { writer in try writer.record(event) }
    }
}
