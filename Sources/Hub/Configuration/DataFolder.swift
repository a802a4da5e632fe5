import Core
import Foundation

/// The folder that holds everything of one hub on this machine: store, log, master key, socket, lock.
public struct DataFolder: Sendable {
    /// The folder's path.
    public let path: String

    /// Makes the folder with mode 0700 if it is missing.
    ///
    /// Throws `HubError` when it cannot be made, or when others may look into it: the socket inside gives every right.
    public init(_ path: String) throws {
        self.path = path
        // sockaddr_un holds 107 bytes and a zero.
        guard "\(path)/hub.sock".utf8.count <= 107 else {
            throw HubError(
                .invalid, "data_folder", "The data folder's path is too long for a Unix socket: at most 98 bytes.")
        }
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw HubError(
                .invalid, "data_folder",
                "The data folder \(path) cannot be made: \(String(cString: strerror(errno))). Name another with --data."
            )
        }
        try Self.refuseForeign(path)
    }

    /// Throws `HubError` unless it is a folder of this user that nobody else may look into: whoever can put a socket
    /// there gets what is sent to it.
    ///
    /// - Parameter mayBeForeign: whether another user's will do.
    static func refuseForeign(_ path: String, mayBeForeign: Bool = false) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw HubError(.invalid, "data_folder", "\(path) is not a folder. Name another with --data.")
        }
        guard status.st_uid == geteuid() || mayBeForeign else {
            throw HubError(
                .invalid, "data_folder_foreign",
                "\(path) belongs to another user of this machine. Run this as that user, or choose another folder.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw HubError(
                .invalid, "data_folder_open",
                "Others on this machine may look into \(path). Close it: chmod 700 \(path)")
        }
    }

    /// Throws `HubError` unless a hub kept its embedded store there; makes nothing.
    static func requireStore(in path: String) throws {
        guard FileManager.default.fileExists(atPath: "\(path)/hub.sqlite") else {
            throw HubError(
                .notFound, "no_hub_data", "There is no hub's data in \(path). Name the hub's folder with --data.")
        }
    }

    /// The hub's own socket; whoever may open it administers the hub.
    public var socket: String { "\(path)/hub.sock" }
    /// The embedded store.
    public var store: String { "\(path)/hub.sqlite" }

    /// The transaction log of one day in the embedded store.
    public func log(day: String) -> String { "\(path)/log-\(day).sqlite" }

    /// The names of the days of the transaction log, in byte order.
    func logFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix("log-") && $0.hasSuffix(".sqlite") }.sorted()
    }

    /// A folder with days of a log had a store: an empty one is no new hub, it is the remains of one.
    func requireNoneLost() throws {
        let size = try? FileManager.default.attributesOfItem(atPath: store)[.size] as? Int
        guard size ?? 0 == 0, let log = try logFiles().first else { return }
        throw HubError(
            .invalid, "store_gone",
            "The store \(store) is empty, and \(log) beside it says that there was one. "
                + "Bring it back: linchpin restore, with a backup.")
    }

    /// This hub's name among the hubs of one store: made once, the same after a restart, so that a hub goes on at once
    /// with what it held when it died. Call it with the folder locked.
    ///
    /// A file that was cut short gets a new name: what the old one held is taken up when its claims have run out.
    func hubName(_ effects: Effects) throws -> String {
        let file = "\(path)/hub.id"
        if let bytes = FileManager.default.contents(atPath: file), bytes.count == 33, bytes.last == UInt8(ascii: "\n"),
            let name = String(validating: bytes.dropLast(), as: UTF8.self), Hex.decode(name) != nil
        {
            return name
        }
        let name = Hex.encode(effects.randomBytes(16))
        try DiskFile.replace(Array((name + "\n").utf8), at: file)
        return name
    }

    /// Takes the folder for this process; throws `HubError` of kind `conflict` when another hub has it.
    public func lock() throws -> FolderLock { try FolderLock("\(path)/lock") }
}

/// Holds the lock file until it is let go.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    fileprivate init(_ path: String) throws {
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw HubError(
                .invalid, "data_folder",
                "\(path) cannot be opened: \(String(cString: strerror(errno))). Check the folder's owner and mode.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw HubError(
                .conflict, "hub_running", "A hub is running on this data folder. Stop it first, or use its commands.")
        }
    }

    /// Let go by name: a program that is being started at this moment may still hold a copy of the descriptor.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
