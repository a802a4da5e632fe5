import Core
import Storage

/// The hub that a doctor looks at: its files, its store if it opens, and its insides while it runs.
struct Examined: Sendable {
    let configuration: HubConfiguration
    let folder: DataFolder
    /// Nil when the store does not open; `problem` says why.
    let database: (any Database)?
    let effects: Effects
    /// The features of a running hub; nil when it is stopped.
    let running: Parts?
    /// What a running hub lives with; nil when it is stopped.
    let attention: Attention?
    let problem: HubError?
    /// What is left on the disk of a folder.
    let room: @Sendable (_ folder: String) throws -> DiskRoom

    init(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ database: (any Database)?, _ effects: Effects,
        running: Parts? = nil, attention: Attention? = nil, problem: HubError? = nil,
        room: @escaping @Sendable (_ folder: String) throws -> DiskRoom = { try DiskFile.room(at: $0) }
    ) {
        self.configuration = configuration
        self.folder = folder
        self.database = database
        self.effects = effects
        self.running = running
        self.attention = attention
        self.problem = problem
        self.room = room
    }
}
