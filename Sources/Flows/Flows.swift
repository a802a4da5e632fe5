public import Core
public import Ports
public import Storage

/// Flows: their files, what starts them, and their durable executions.
///
/// What an execution decides is `ExecutionMachine`'s part, what it may lose in a crash is in `Runner`: a step's plan
/// and then `sent` are on the disk before anything leaves, so a step without an answer is known to be one.
public final class Flows: Sendable {
    let database: any Database
    let effects: Effects
    let catalogue: any ActionCatalogue
    let hub: String
    let seal: ValueSeal
    private let engine: Engine
    private let pause = Pause()

    /// Flows over one store.
    ///
    /// - Parameters:
    ///   - hub: this hub's name, unique among all hubs over the store and the same after a restart: at its first
    ///     `tick` a hub goes on at once with what it held when it died; others' executions it takes up when their
    ///     claim has run out.
    ///   - valueKey: 32 bytes that seal the sensitive values of executions; the same for all hubs over the store.
    ///   - sandbox: runs the actions of test runs. It must not be able to reach a real connection.
    ///   - users: knows whether whoever approved a call might still do so when it leaves.
    ///   - hasRoom: called when an execution ended and others may wait for its place: the next `tick` is due.
    ///   - broke: told when something in the hub stopped an execution, the first time and when it is ended for it
    ///     (`isLast`).
    public init(
        database: any Database, effects: Effects, hub: String, valueKey: Secret, catalogue: any ActionCatalogue,
        actions: any ActionRunning, sandbox: any ActionRunning, records: any RecordChanging,
        users: any UserDirectory,
        hasRoom: @escaping @Sendable () -> Void = {},
        broke: @escaping @Sendable (_ execution: String, _ flow: String, _ error: any Error, _ isLast: Bool) -> Void = {
            _, _, _, _ in
        }
    ) {
        self.database = database
        self.effects = effects
        self.catalogue = catalogue
        self.hub = hub
        seal = ValueSeal(key: valueKey, effects: effects)
        let store = ExecutionStore(database: database, effects: effects, hub: hub)
        let runner = Runner(
            store: store, effects: effects, catalogue: catalogue, seal: seal,
            reach: Reach(actions: actions, sandbox: sandbox, records: records, users: users), pause: pause)
        engine = Engine(
            store: store, starter: Starter(database: database, effects: effects),
            clockwork: Clockwork(database: database, effects: effects), runner: runner, hasRoom: hasRoom,
            tell: { broke($0.execution, $0.flow, $0.error, $0.isLast) })
    }

    /// What an administrator can do with flows and executions.
    public var operations: [Operation] { flowOperations + executionOperations + approvalOperations }

    /// Starts flows for the record changes that wait and for the ticks that have come, renews this hub's claims, and
    /// takes up executions that are due,
    /// at most `Limits.executionsAtOnce` at once; they run on after it returns.
    ///
    /// Call it often, from anywhere, also at the same time.
    /// - Returns: how many messages, ticks and executions it took up; 0 means that there was nothing to do.
    /// - Throws: what the store throws, and, once, that it was not there for an execution since the last call. An
    ///   execution that something else stopped is taken up again when its claim has run out, at most
    ///   `Limits.executionBreaks` times; then it is ended.
    public func tick() async throws -> Int { try await engine.tick() }

    /// Each execution ends the step it is at and lets go, nothing is taken up any more; `drain` waits for it.
    public func beginPause() { pause.begin() }

    /// Returns when nothing runs in this hub any more.
    public func drain() async { await engine.drain() }
}
