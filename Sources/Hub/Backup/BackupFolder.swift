import Core
import Foundation

/// A folder of backups, one folder each; readable by its owner alone.
struct BackupFolder: Sendable {
    let path: String

    private static let partial = "partial-"

    /// The hub's own, in its data folder.
    init(of folder: DataFolder) { path = "\(folder.path)/backups" }

    /// Another; it must be there. Only whoever may use the hub's own socket may name one.
    init(elsewhere path: String) throws {
        guard path.hasPrefix("/"), !path.split(separator: "/").contains(".."),
            FileManager.default.fileExists(atPath: path)
        else {
            throw HubError(
                .invalid, "backup_folder", "The folder for backups must be an absolute path of a folder that exists.")
        }
        self.path = path
    }

    /// A name from the moment and two random bytes: `20261122T003014Z-a1b2`.
    static func name(at now: Timestamp, _ effects: Effects) -> String {
        let digits = now.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }
        return "\(digits)Z-\(Hex.encode(effects.randomBytes(2)))"
    }

    /// The place of a backup of that name; a name that could lead elsewhere is as unknown as any other.
    func place(_ name: String) throws -> String {
        let isPlain =
            (1...60).contains(name.utf8.count)
            && name.utf8.allSatisfy { Hex.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            && !name.hasPrefix(Self.partial)
        let place = "\(path)/\(name)"
        guard isPlain, isOwnFolder(place) else {
            throw HubError(
                .notFound, "unknown_backup",
                "There is no backup \"\(Shown.name(name))\". See: linchpin backup list")
        }
        return place
    }

    /// Makes the folder itself if it is missing; throws when others may put files into it.
    func prepare() throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw HubError(
                .invalid, "backup_folder",
                "The folder for backups cannot be made: \(String(cString: strerror(errno))). Name another.")
        }
        guard isOwnFolder(path) else {
            throw HubError(
                .invalid, "backup_folder_open",
                "The folder for backups must be a folder of the hub's user that nobody else may write. "
                    + "Run chmod 700 on it, or name another.")
        }
    }

    /// An empty folder for a backup that is being made; left-overs of earlier ones that broke off are removed.
    func begin(_ name: String) throws -> String {
        try prepare()
        for old in try names() where old.hasPrefix(Self.partial) {
            try FileManager.default.removeItem(atPath: "\(path)/\(old)")
        }
        let place = "\(path)/\(Self.partial)\(name)"
        guard mkdir(place, 0o700) == 0 else {
            throw HubError(
                errno == ENOSPC ? .unavailable : .invalid, errno == ENOSPC ? "store_full" : "backup_folder",
                "A folder for the backup cannot be made: \(String(cString: strerror(errno))). "
                    + "Make room, or name another."
            )
        }
        return place
    }

    /// Gives a finished backup its name; from here on it is one.
    func publish(_ partial: String, as name: String) throws {
        try DiskFile.sync(folder: partial)
        try DiskFile.move(partial, to: "\(path)/\(name)")
        try DiskFile.sync(folder: path)
    }

    /// What is there, the newest name first, at most one page. What is no usable backup says so.
    func list() throws -> [JSON] {
        guard DiskFile.exists(path) else { return [] }
        return try backups().prefix(Limits.pageRows.value).map { name in
            do {
                var summary = try BackupManifest.read(in: "\(path)/\(name)").summary.object ?? [:]
                summary["name"] = .string(name)
                return .object(summary)
            } catch {
                return ["name": .string(Shown.name(name)), "usable": false]
            }
        }
    }

    /// Removes the oldest of those that were made by themselves, before an update or a restore. What somebody asked for
    /// stays, and so does what has no manifest: nobody knows what it is worth.
    ///
    /// - Parameter newest: the one that was made just now, which stays even where the clock was ahead before.
    func prune(keeping newest: String) throws {
        guard DiskFile.exists(path) else { return }
        let made = try backups().filter { name in
            guard name != newest else { return false }
            do { return try BackupManifest.read(in: "\(path)/\(name)").reason != .asked } catch { return false }
        }
        for old in made.dropFirst(Limits.ownBackups.value - 1) {
            // Killed within the removal, what is left is no backup any more: `begin` removes it.
            let leaving = "\(path)/\(Self.partial)\(old)"
            try DiskFile.move("\(path)/\(old)", to: leaving)
            try FileManager.default.removeItem(atPath: leaving)
        }
        try DiskFile.sync(folder: path)
    }

    /// Names of what is finished, the newest first.
    private func backups() throws -> [String] {
        try names().filter { !$0.hasPrefix(Self.partial) && isOwnFolder("\(path)/\($0)") }.sorted(by: >)
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }

    /// A folder, no link to one, of this user, that nobody else may write.
    private func isOwnFolder(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR && found.st_uid == geteuid()
            && found.st_mode & 0o022 == 0
    }
}

extension Hex {
    fileprivate static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
