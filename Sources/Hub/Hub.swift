import AuditTrail
public import Core
import Documents
import Flows
public import Hooks
import Identity
import Keys
public import Logging
import Monitoring
public import OAuthServer
import Outbound
public import Ports
public import Records
import Spokes
import Storage
import StoragePostgres
import StorageSQLite
import Synchronization
import Vault

/// The whole: every feature over one store, the ports between them filled.
public final class Hub: Sendable {
    /// The program's version, as `linchpin --version` and every backup's manifest have it.
    public static let version = "0.1"

    /// The configuration it was opened with.
    public let configuration: HubConfiguration
    /// Its folder on this machine, locked while the hub is open.
    public let folder: DataFolder
    /// Its clock and dice.
    public let effects: Effects
    /// Answers every question of access.
    public let gatekeeper: Gatekeeper
    /// Records refused administrative calls.
    public let refusals: RefusalAudit
    /// Tables and their records.
    public let records: Records
    /// The authorization server.
    public let oauth: OAuthServer
    /// Addresses to which outside systems send events.
    public let hooks: Hooks
    /// Takes every transaction, in and out.
    public let log: any TransactionLogging
    /// What somebody should look at.
    public let attention = Attention()
    /// Every administrative operation.
    public let operations: [Operation]
    /// Every route.
    public let routes: RouteList
    /// The console's pages.
    public let pages: Pages

    /// Whether it should be opened again, on what its folder holds by then; see `reopened`.
    public let reopening = Reopening()

    let parts: Parts
    /// Nil once it is closed, or has handed its folder on.
    private let lock: Mutex<FolderLock?>
    private let address: HubAddress

    /// Opens the store, brings its schema forward, prepares every feature; nothing runs or listens yet.
    ///
    /// Throws `HubError` in words fit for the terminal: another hub is running, the master key is missing or wrong, a
    /// spoke file has a mistake (file, line, what was expected).
    ///
    /// - Parameter pages: the console's.
    public static func open(
        _ configuration: HubConfiguration, effects: Effects, logger: Logger, pages: Pages = .none
    ) async throws -> Hub {
        let folder = try DataFolder(configuration.data)
        return try await open(
            configuration, effects: effects, logger: logger, folder, try folder.lock(), pages: pages)
    }

    /// The same, over a folder that is locked already.
    static func open(
        _ configuration: HubConfiguration, effects: Effects, logger: Logger, _ folder: DataFolder, _ lock: FolderLock,
        pages: Pages = .none, hasher: PasswordHasher = PasswordHasher(), mayUpdate: Bool = false
    ) async throws -> Hub {
        let parts = try await Parts.open(
            configuration, folder, effects, logger, hasher: hasher, mayUpdate: mayUpdate)
        let hub = Hub(configuration, folder, lock, effects, parts, pages)
        do { try pages.check(against: hub.operations) } catch {
            await parts.close()
            throw error
        }
        return hub
    }

    /// Closes this hub and opens its folder, locked all the while, as a new one on the same port.
    public func reopened() async throws -> Hub {
        guard let lock = lock.take() else {
            throw HubError(.internal, "hub_closed", "Internal error.", detail: "a closed hub is not opened again")
        }
        await parts.close()
        var configuration = configuration
        configuration.port = address.boundPort
        return try await Self.open(
            configuration, effects: effects, logger: parts.logger, folder, lock, pages: pages)
    }

    private init(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ lock: FolderLock, _ effects: Effects, _ parts: Parts,
        _ pages: Pages
    ) {
        self.configuration = configuration
        self.folder = folder
        self.lock = Mutex(lock)
        self.effects = effects
        self.parts = parts
        gatekeeper = Gatekeeper(
            database: parts.database, effects: effects, identity: parts.identity,
            nonces: parts.oauth.nonces, issuer: { [address = parts.address] in address.issuer })
        refusals = RefusalAudit(database: parts.database)
        records = parts.records
        oauth = parts.oauth
        hooks = parts.hooks
        log = parts.log
        self.pages = pages
        let address = parts.address
        self.address = address
        let guarded = Guards(database: parts.database).over(parts.operations)
        let featured = FailingFlows(database: parts.database).over(
            ApprovalGuard(database: parts.database, flows: parts.flows).over(guarded))
        let routed = RouteList(operations: featured + HubOperations.declared, pages: pages.all)
        let examined = Examined(
            configuration, folder, parts.database, parts.effects, running: parts, attention: attention)
        // What shows a scope looks at the routes, which are made of the operations before it.
        operations =
            ScopeReach(routes: routed).over(featured)
            + HubOperations.all(parts, routed, address, examined, reopening)
        routes = routed
    }

    /// Where it listens.
    public var url: String { address.url }
    /// The issuer identifier, which is also where browsers reach it.
    public var issuer: String { address.issuer }
    /// The store in words, for the first line.
    public var storeName: String { configuration.database == nil ? "SQLite" : "PostgreSQL" }

    /// Called by the listener when it knows its port.
    public func listens(on port: Int) { address.listens(on: port) }

    /// Called after a change, so that what follows from it starts now and not at the next tick.
    public func workArrived() { parts.nudge.ring() }

    /// Whether the store answers and no service fails or hangs.
    public func isReady() async -> Bool {
        guard parts.health.isWell, parts.hanging.isEmpty else { return false }
        do {
            return try await parts.database.read { try $0.rows("SELECT 1 AS one", []).count == 1 }
        } catch { return false }
    }

    /// Makes the first administrator, or a further one.
    public func createAdmin(name: String, password: Secret) async throws {
        let cause = Cause(Actor(.local, id: "files", name: "local files"), at: effects.now(), .new(effects))
        try await parts.identity.createAdmin(name: name, password: password, by: cause)
    }

    /// Verifies the audit trail of a hub that is stopped, or of a copy of its data folder; needs no master key.
    ///
    /// - Parameter witness: a checkpoint line that was kept elsewhere.
    /// - Returns: the same answer as the operation `audit-event.verify`.
    public static func verifyOffline(_ configuration: HubConfiguration, witness: String?) async throws -> JSON {
        if configuration.database == nil { try DataFolder.requireStore(in: configuration.data) }
        let folder = try DataFolder(configuration.data)
        let lock = try folder.lock()
        let database = try await Parts.openStore(configuration, folder)
        let verified: Result<JSON, any Error>
        do {
            let checkpoint = try witness.map { text in
                guard let checkpoint = Checkpoint(text: text) else {
                    throw HubError(.invalid, "bad_witness", "The witness is not a checkpoint line.")
                }
                return checkpoint
            }
            verified = .success(try await AuditLog(database: database).verify(witness: checkpoint).json)
        } catch { verified = .failure(error) }
        await database.close()
        return try withExtendedLifetime(lock) { try verified.get() }
    }

    /// Finishes what was accepted, closes the stores and lets the folder go, unless another hub has it already.
    public func close() async {
        await parts.close()
        _ = lock.take()
    }
}

extension Mutex where Value == FolderLock? {
    /// Takes the lock out; nil for whoever comes second.
    fileprivate borrowing func take() -> FolderLock? {
        withLock { held in
            defer { held = nil }
            return held
        }
    }
}
