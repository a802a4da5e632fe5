import Access
import Core
public import Flows
import Hooks
public import Identity
import Keys
import Logging
import Monitoring
public import OAuthServer
import Outbound
import Ports
public import Records
import Spokes
import Storage
import StoragePostgres
import StorageSQLite
import Vault

extension Records: RecordChanging {}
extension Identity: SignInReading {}

/// Every feature, made in the order in which they need each other.
struct Parts: Sendable {
    let database: any Database
    let identity: Identity
    let access: Access
    let oauth: OAuthServer
    let records: Records
    let vault: Vault
    let custodian: Custodian
    let spokes: Spokes
    let flows: Flows
    let hooks: Hooks
    let log: TransactionLog
    let audit: AuditLog
    let chainer: Chainer
    let outbound: OutboundClient
    /// Reads what clients publish, within closer bounds.
    let fetching: OutboundClient
    let address: HubAddress
    let health: Health
    let nudge: Nudge
    let effects: Effects
    let logger: Logger
    /// This hub's name among the hubs of one store.
    let hub: String
    /// Signs what the hub answers for: checkpoints and reports.
    let signing: SigningKey

    /// All schema changes, in the order of the floors. One more feature is one more line.
    static let migrations: [Migration] = [
        Identity.migrations, Access.migrations, OAuthServer.migrations, Records.migrations, Vault.migrations,
        Spokes.migrations, HubMigrations.all, Flows.migrations, Hooks.migrations,
        MonitoringSchema.migrations,
    ].flatMap { $0 }

    /// The operations of every feature. One more feature is one more line.
    var operations: [Operation] {
        [
            identity.operations, access.operations, oauth.operations, records.operations, vault.operations,
            custodian.operations, spokes.operations, flows.operations, hooks.operations, log.operations,
            audit.operations,
        ].flatMap { $0 }
    }

    static func open(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ effects: Effects, _ logger: Logger,
        hasher: PasswordHasher, mayUpdate: Bool = false
    ) async throws -> Parts {
        // Beside the store: it is the longer part of a start.
        async let read = SpokeFiles.catalogue(configuration.spokes)
        let database = try await openStore(configuration, folder)
        do {
            let cause = Cause(.hub, at: effects.now(), .new(effects))
            try await StoreUpdate(database: database, folder: folder, effects: effects)
                .bring(mayUpdate: mayUpdate, by: cause)
            let catalogue = try await read
            let circuits = CircuitBoard()
            let isNew = try await database.read { try Vault.isNew(in: $0) }
            let vault = try await Vault.open(
                database: database, effects: effects,
                masterKey: try MasterKey.load(configuration, mayCreate: isNew, effects), catalogue: catalogue,
                circuits: circuits, hub: try folder.hubName(effects))
            try await RestoredStore.settle(database, folder, effects)
            return try await fill(
                configuration, folder, effects, logger, hasher, database, vault, catalogue, circuits, cause)
        } catch {
            await database.close()
            throw error
        }
    }

    private static func fill(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ effects: Effects, _ logger: Logger,
        _ hasher: PasswordHasher, _ database: any Database, _ vault: Vault, _ catalogue: SpokeCatalogue,
        _ circuits: CircuitBoard, _ cause: Cause
    ) async throws -> Parts {
        let identity = Identity(
            database: database, effects: effects, hasher: hasher,
            secondFactorKey: try await vault.internalKey("second-factor") { Secret(effects.randomBytes(32)) },
            secondFactorRule: configuration.secondFactor)
        let projected = Identity.projectedTables
        try await identity.prepare(roles: Records.builtInRoles(projected), at: cause.now)
        let records = Records(database: database, effects: effects, projected: projected)
        try await records.prepare(by: cause)
        let access = Access(database: database, effects: effects)
        let address = HubAddress(configuration)
        let keySeal = try await vault.internalKey("signing-keys") { Secret(effects.randomBytes(32)) }
        let log = try await LogStores.open(configuration, folder, database, effects, logger)
        let fetching = OutboundClient(bounds: DocumentFetcher.bounds)
        let oauth = OAuthServer(
            database: database, effects: effects, users: identity, scopes: access, passwords: identity,
            signIns: identity, sealing: keySeal, certificates: try configuration.clientCertificates.load(),
            issuer: { address.issuer },
            documents: DocumentFetcher(outbound: fetching, log: log, effects: effects),
            rules: configuration.registration)
        let hub = try folder.hubName(effects)
        let seed = try await vault.internalKey("audit-signing") { Secret(effects.randomBytes(32)) }
        let signing = try SigningKey(seed: seed)
        let ownKey = try VerifyingKey(signing.publicKey)
        let outbound = OutboundClient()
        let custodian = Custodian(vault: vault, outbound: outbound, log: log) { address.issuer }
        let spokes = Spokes(
            catalogue: catalogue, credentials: custodian, outbound: outbound, log: log, database: database,
            journal: FlowJournal(database: database), effects: effects, circuits: circuits)
        let valueKey = try await vault.internalKey("flow-values") { Secret(effects.randomBytes(32)) }
        let nudge = Nudge()
        let flows = Flows(
            database: database, effects: effects, hub: hub, valueKey: valueKey, catalogue: catalogue,
            actions: spokes,
            sandbox: TestRunActions(catalogue: catalogue, log: log, database: database, effects: effects),
            records: records, users: identity, hasRoom: { nudge.ring() },
            broke: { execution, flow, error, isLast in
                logger.error(
                    "an execution breaks",
                    metadata: [
                        "execution.id": "\(execution)", "flow.name": "\(flow)", "execution.ended": "\(isLast)",
                        "error.detail": "\(error)",
                    ])
            })
        return Parts(
            database: database, identity: identity, access: access, oauth: oauth, records: records, vault: vault,
            custodian: custodian, spokes: spokes, flows: flows,
            hooks: Hooks(
                database: database, effects: effects, protocols: spokes, actions: spokes, origin: { address.issuer }),
            log: log,
            audit: AuditLog(database: database, own: ownKey),
            chainer: Chainer(database: database, effects: effects, key: signing, hub: hub, trusted: ownKey),
            outbound: outbound, fetching: fetching, address: address, health: Health(), nudge: nudge, effects: effects,
            logger: logger,
            hub: hub, signing: signing)
    }

    static func openStore(_ configuration: HubConfiguration, _ folder: DataFolder) async throws -> any Database {
        if let conninfo = configuration.database { return try await PostgresDatabase(conninfo: conninfo) }
        try await StoreSwap(folder: folder).carryOut()
        try folder.requireNoneLost()
        return try SQLiteDatabase(path: folder.store)
    }

    /// Finishes what was accepted: executions end their step and let go, the log is flushed, the stores close.
    func close() async {
        flows.beginPause()
        await flows.drain()
        await custodian.drain()
        await closing("audit chain") { _ = try await chainer.runOnce() }
        await closing("outbound connections") { try await outbound.shutdown() }
        await closing("connections to clients") { try await fetching.shutdown() }
        // With PostgreSQL the log lies in the hub's own store; closing that twice is closing it once.
        await closing("transaction log") { try await log.close() }
        await database.close()
    }

    /// What fails to close keeps nothing else open.
    private func closing(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch {
            logger.error("closing failed", metadata: ["service.name": "\(what)", "error.detail": "\(error)"])
        }
    }
}
