public import Core
public import Ports
public import Storage

/// Inbound hooks: addresses to which outside systems send events, each proved by a secret header.
///
/// What a delivery holds is on the disk, each event once, before it is answered; a message for each new event starts
/// flows afterwards. What never arrived is found in the provider's own log (`Comparison`).
public final class Hooks: Sendable {
    let database: any Database
    let effects: Effects
    let protocols: any HookProtocols
    let actions: any ActionRunning
    /// Where outside systems reach this hub, without a trailing slash.
    let origin: @Sendable () -> String

    /// - Parameters:
    ///   - protocols: how each spoke's system sends events.
    ///   - actions: reads a provider's log, through the same gate as a flow's step.
    public init(
        database: any Database, effects: Effects, protocols: any HookProtocols, actions: any ActionRunning,
        origin: @escaping @Sendable () -> String
    ) {
        self.database = database
        self.effects = effects
        self.protocols = protocols
        self.actions = actions
        self.origin = origin
    }

    /// Where a hook is, below the origin.
    public static func path(spoke: String, hook: String) -> String { "/api/linchpin/hooks/\(spoke)/\(hook)" }

    /// The name of the hook of that id or name; nil if there is none.
    public static func name(of idOrName: String, in reader: any SQLReader) throws -> String? {
        try HookRows.lookUp(idOrName, in: reader)?.name
    }

    /// The spoke of the hook of that id or name; nil if there is none.
    public static func spoke(of idOrName: String, in reader: any SQLReader) throws -> String? {
        try HookRows.lookUp(idOrName, in: reader)?.spoke
    }

    /// The first hook, by name, whose log is read through this alias; nil if none is.
    public static func hook(comparedThrough alias: String, in reader: any SQLReader) throws -> String? {
        try reader.row("SELECT name FROM hook WHERE alias = $1 ORDER BY name LIMIT 1", [.text(alias)])?.text("name")
    }

    /// Forgets in bounded batches that old events came; returns how many it forgot.
    public func sweep(at now: Timestamp) async throws -> Int {
        let old = now.adding(seconds: -Int64(Limits.hookEventDays.value) * 86_400)
        return try await database.write(.bookkeeping("old events of hooks are forgotten")) { writer in
            try writer.run(
                """
                DELETE FROM hook_event WHERE (hook_id, event_id) IN
                (SELECT hook_id, event_id FROM hook_event WHERE received_at < $1
                ORDER BY received_at, hook_id, event_id LIMIT $2)
                """, [.int(old.epochMilliseconds), .int(Int64(Limits.hookSweep.value))])
        }
    }
}
