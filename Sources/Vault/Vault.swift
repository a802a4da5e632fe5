public import Core
public import Ports
public import Storage

/// Keeps secrets sealed, and knows which alias leads where with which credential.
///
/// Never keeps an opened secret: each use opens it anew. What lies sealed is remembered as long as the epoch feed vouches
/// for it, so a change counts from the next call on, and on another hub within a second.
public final class Vault: CredentialSource, Sendable {
    let database: any Database
    let effects: Effects
    let envelope: Envelope
    let catalogue: any ActionCatalogue
    /// How the connections' circuits stand here; nil where nothing is called.
    let circuits: (any CircuitReading)?
    /// This hub's name, which a credential may be limited to.
    let hub: String
    /// Where aliases lead, by what they were asked by.
    let leads: EpochMemory<String, Lead>

    private init(
        _ database: any Database, _ effects: Effects, _ envelope: Envelope, _ catalogue: any ActionCatalogue,
        _ circuits: (any CircuitReading)?, _ hub: String
    ) {
        self.database = database
        self.effects = effects
        self.envelope = envelope
        self.catalogue = catalogue
        self.circuits = circuits
        self.hub = hub
        leads = EpochMemory(database.epochs, most: Limits.rememberedAliases.value)
    }

    /// Opens the vault of a migrated store; a new store is bound to this master key from now on.
    ///
    /// Throws `HubError`: `wrong_master_key` when the store was made with another key, `master_key_check_missing` when
    /// it holds secrets without the value that tells, `bad_master_key` unless the key has 32 bytes.
    public static func open(
        database: any Database, effects: Effects, masterKey: Secret, catalogue: any ActionCatalogue,
        circuits: (any CircuitReading)? = nil, hub: String
    ) async throws -> Vault {
        let envelope = try Envelope(masterKey: masterKey)
        try await MasterKeyCheck.pass(envelope, database, effects)
        return Vault(database, effects, envelope, catalogue, circuits, hub)
    }

    /// What administrators can do with credentials, connections and aliases.
    public var operations: [Operation] {
        credentialOperations + rotationOperations + connectionOperations + aliasOperations
    }

    /// Id, name and spoke of the alias of that id or name; nil if there is none.
    public static func alias(
        _ idOrName: String, in reader: any SQLReader
    ) throws -> (id: String, name: String, spoke: String)? {
        try AliasRows.lookUp(idOrName, in: reader).map { ($0.id, $0.name, $0.spoke) }
    }

    /// The name of the connection that an alias leads to now, if its destructive actions need a second person's
    /// approval; nil if they do not, or it leads nowhere.
    public static func connectionNeedingApproval(
        behindAlias idOrName: String, in reader: any SQLReader
    ) throws -> String? {
        try active(behindAlias: idOrName, in: reader).flatMap { $0.needsApproval ? $0.name : nil }
    }

    /// The name of the connection that an alias leads to now, and the actions that it enables; nil where it leads nowhere.
    public static func connection(
        behindAlias idOrName: String, in reader: any SQLReader
    ) throws -> (name: String, actions: [String])? {
        try active(behindAlias: idOrName, in: reader).map { ($0.name, $0.actions) }
    }

    private static func active(behindAlias idOrName: String, in reader: any SQLReader) throws -> Connection? {
        try AliasRows.lookUp(idOrName, in: reader)?.activeConnectionID.map { try ConnectionRows.find($0, in: reader) }
    }

    func newID() -> String { ID<Vault>.new(effects).rawValue }
}
