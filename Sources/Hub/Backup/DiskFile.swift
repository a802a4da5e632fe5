import Core
import Dispatch
import Foundation
import Keys

/// What is left of a disk.
struct DiskRoom: Sendable {
    let bytes: Int64
    /// How many files; nil for a file system that has no such bound.
    let files: Int64?
}

/// Files that must be on the disk when they are said to be: written once, synced, never through a symbolic link.
enum DiskFile {
    /// How many bytes a file has, and their SHA-256.
    struct Digest: Sendable, Equatable {
        let bytes: Int64
        let sha256: String
    }

    private static let piece = 1_048_576

    /// Makes a file of mode 0600, whole and on the disk when this returns, or none. Throws when anything has that name.
    static func create(_ bytes: [UInt8], at path: String) throws {
        try draft(bytes, for: path) { draft in
            // A link never replaces anything, as a renaming would.
            guard link(draft, path) == 0 else { throw failed("made", path) }
            unlink(draft)
        }
    }

    /// The same, in place of a file that has that name; whoever looks finds the old one or the new one, whole.
    static func replace(_ bytes: [UInt8], at path: String) throws {
        try draft(bytes, for: path) { draft in
            guard rename(draft, path) == 0 else { throw failed("replaced", path) }
        }
    }

    private static func draft(_ bytes: [UInt8], for path: String, _ publish: (_ draft: String) throws -> Void) throws {
        let draft = path + ".new"
        // What a killed program left.
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failed("made", path) }
        defer { close(file) }
        do {
            try put(bytes, into: file, path)
            guard fsync(file) == 0 else { throw failed("written", path) }
            try publish(draft)
        } catch {
            unlink(draft)
            throw error
        }
        try sync(folder: path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
    }

    /// The whole of a plain file; throws when it is larger than that, or is no plain file.
    static func read(_ path: String, most: Int) throws -> [UInt8] {
        let (file, size) = try plain(path)
        defer { close(file) }
        guard size <= Int64(most) else {
            throw HubError(.tooLarge, "backup_unreadable", "A file of the backup is larger than any hub makes it.")
        }
        var bytes: [UInt8] = []
        try pieces(of: file, most: size) { bytes += $0 }
        return bytes
    }

    /// The digest of a plain file.
    static func digest(_ path: String) throws -> Digest {
        let (file, size) = try plain(path)
        defer { close(file) }
        var hash = RunningHash()
        try pieces(of: file, most: size) { hash.add($0) }
        return Digest(bytes: size, sha256: Hex.encode(hash.finish()))
    }

    /// Copies a plain file to a new one of mode 0600, synced, and says what it wrote.
    static func copy(_ from: String, to path: String) throws -> Digest {
        let (source, size) = try plain(from)
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw failed("written") }
        defer { close(target) }
        var hash = RunningHash()
        try pieces(of: source, most: size) {
            hash.add($0)
            try put(Array($0), into: target)
        }
        guard fsync(target) == 0 else { throw failed("written") }
        return Digest(bytes: size, sha256: Hex.encode(hash.finish()))
    }

    /// Makes the names in a folder durable.
    static func sync(folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed("synced") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed("synced") }
    }

    /// Gives a file or folder another name; whatever has that name already is replaced if it is a file.
    static func move(_ from: String, to path: String) throws {
        guard rename(from, path) == 0 else { throw failed("renamed") }
    }

    /// Whether anything has that name, a broken link too.
    static func exists(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0
    }

    /// How many bytes a file has; 0 when there is none.
    static func size(_ path: String) -> Int64 {
        var found = stat()
        return lstat(path, &found) == 0 ? Int64(found.st_size) : 0
    }

    /// What this user may still write where that folder lies.
    static func room(at folder: String) throws -> DiskRoom {
        var found = statvfs()
        guard statvfs(folder, &found) == 0 else { throw failed("measured") }
        return DiskRoom(
            bytes: Int64(clamping: UInt64(found.f_bavail) * UInt64(found.f_frsize)),
            files: found.f_files > 0 ? Int64(clamping: UInt64(found.f_favail)) : nil)
    }

    /// Runs slow work with the disk on a thread that nobody else needs.
    static func apart<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
        }
    }

    private static func plain(_ path: String) throws -> (file: Int32, size: Int64) {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw failed("read") }
        var found = stat()
        guard fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw HubError(.invalid, "backup_unreadable", "A file of the backup is not a plain file.")
        }
        return (file, Int64(found.st_size))
    }

    private static func pieces(of file: Int32, most: Int64, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: piece)
        var left = most
        while left > 0 {
            let count = Foundation.read(file, &buffer, min(piece, Int(left)))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed("read") }
            try body(buffer[..<count])
            left -= Int64(count)
        }
    }

    private static func put(_ bytes: [UInt8], into file: Int32, _ path: String? = nil) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed("written", path) }
            done += count
        }
    }

    /// What the system said just now. Without a path it is a file of a backup.
    private static func failed(_ verb: String, _ path: String? = nil) -> HubError {
        let number = errno
        if number == ENOSPC || number == EDQUOT {
            return HubError(.unavailable, "store_full", "The disk is full. Make room, then try again.")
        }
        let why = String(cString: strerror(number))
        guard let path else {
            return HubError(
                .unavailable, "backup_file", "A file of the backup cannot be \(verb): \(why). Check its folder.")
        }
        return HubError(.unavailable, "file_unwritable", "\(path) cannot be \(verb): \(why). Check its folder.")
    }
}
