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

    init(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ database: (any Database)?, _ effects: Effects,
        running: Parts? = nil, attention: Attention? = nil, problem: HubError? = nil
    ) {
        self.configuration = configuration
        self.folder = folder
        self.database = database
        self.effects = effects
        self.running = running
        self.attention = attention
        self.problem = problem
    }
}
