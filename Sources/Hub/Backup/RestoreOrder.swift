import Core
import Foundation

/// That a checked copy is to become the store: the folder `restore` in the data folder, which holds the copy and this.
///
/// The order is what makes a restore happen or not: without `order.json` the present store stays, with it every
/// opening of the store brings the restore forward, however often it is killed.
struct RestoreOrder: Sendable, Equatable {
    /// Names the restore; the restored store's event has it.
    let id: String
    /// The backup that comes.
    let copy: String
    /// The backup that the present store becomes.
    let aside: String
    let cause: Cause

    private static let file = "order.json"

    /// Where a copy waits for its order.
    static func place(_ folder: DataFolder) -> String { "\(folder.path)/restore" }
    /// The copy that waits.
    static func staged(_ folder: DataFolder) -> String { "\(place(folder))/\(BackupManifest.store)" }
    private static func path(_ folder: DataFolder) -> String { "\(place(folder))/\(file)" }

    /// An empty place for a copy; what an earlier restore left there without an order is removed.
    static func begin(_ folder: DataFolder) throws {
        try clear(folder)
        guard mkdir(place(folder), 0o700) == 0 else {
            throw HubError(
                .unavailable, "restore_failed",
                "A folder for the copy cannot be made: \(String(cString: strerror(errno))). Make room, then try again.")
        }
    }

    static func clear(_ folder: DataFolder) throws {
        // The order first: a folder without it means nothing.
        if DiskFile.exists(path(folder)) {
            guard unlink(path(folder)) == 0 else { throw Self.unreadable }
            try DiskFile.sync(folder: place(folder))
        }
        if DiskFile.exists(place(folder)) { try FileManager.default.removeItem(atPath: place(folder)) }
    }

    /// Gives the order. When this returns, the restore will happen.
    func give(_ folder: DataFolder) throws {
        // The copy's own name first: an order without its copy would mean that the copy was moved already.
        try DiskFile.sync(folder: Self.place(folder))
        try DiskFile.replace(json.bytes, at: Self.path(folder))
        try DiskFile.sync(folder: folder.path)
    }

    /// The order that was given; nil when there is none.
    static func given(_ folder: DataFolder) throws -> RestoreOrder? {
        guard DiskFile.exists(path(folder)) else { return nil }
        let json: JSON
        do { json = try JSON.read(try DiskFile.read(path(folder), most: Limits.manifestBytes.value)) } catch {
            throw unreadable
        }
        guard let id = json["id"]?.string, let copy = json["copy"]?.string, let aside = json["aside"]?.string,
            !aside.contains("/"), let kind = json["actor"]?["kind"]?.string.flatMap(Actor.Kind.init(rawValue:)),
            let actorID = json["actor"]?["id"]?.string, let name = json["actor"]?["name"]?.string,
            let at = json["at"]?.int, let correlation = json["correlation"]?.string.flatMap(CorrelationID.init)
        else { throw unreadable }
        return RestoreOrder(
            id: id, copy: copy, aside: aside,
            cause: Cause(Actor(kind, id: actorID, name: name), at: Timestamp(epochMilliseconds: at), correlation))
    }

    private var json: JSON {
        [
            "id": .string(id), "copy": .string(copy), "aside": .string(aside),
            "actor": [
                "kind": .string(cause.actor.kind.rawValue), "id": .string(cause.actor.id),
                "name": .string(cause.actor.name),
            ],
            "at": .int(cause.now.epochMilliseconds), "correlation": .string(cause.correlation.text),
        ]
    }

    private static var unreadable: HubError {
        HubError(
            .invalid, "restore_unreadable",
            "The folder restore in the data folder holds an order that cannot be read. "
                + "Look at hub.sqlite and backups, then remove that folder to keep the store that is there.")
    }
}
