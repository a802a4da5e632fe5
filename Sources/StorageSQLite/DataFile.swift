import Core
import Foundation

/// The data file belongs to its owner alone, and nobody else can put another in its place.
///
/// A folder that is missing is made with mode 0700, a file that is missing with 0600; SQLite gives its `-wal` and
/// `-shm` files the mode of the data file. A folder that others may *read* is accepted, since names are no secret; one
/// that others may *write* is refused, and so is a file that others may read, that belongs to somebody else, or that
/// is a symbolic link.
enum DataFile {
    static func prepare(_ path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try prepareFolder(folder.isEmpty ? "/" : folder)
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if made >= 0 {
            close(made)
            return
        }
        guard errno == EEXIST else {
            throw failed("store_file", "The data file cannot be made. Check the folder and the disk.")
        }
        let found = try status(path, "store_file", "The data file cannot be looked at. Check the folder's mode.")
        guard found.st_mode & S_IFMT == S_IFREG, found.st_uid == geteuid() else {
            throw HubError(
                .invalid, "store_file", "The data file must be a plain file that belongs to whoever runs the hub.")
        }
        guard found.st_mode & 0o077 == 0 else {
            throw HubError(
                .invalid, "store_file_open", "Others on this machine may use the data file. Run chmod 600 on it.")
        }
    }

    private static func prepareFolder(_ folder: String) throws {
        if mkdir(folder, 0o700) == 0 { return }
        guard errno == EEXIST else {
            throw failed("store_folder", "The data folder cannot be made. Check the folder above it.")
        }
        var found = stat()
        guard stat(folder, &found) == 0 else {
            throw failed("store_folder", "The data folder cannot be looked at. Check its mode.")
        }
        guard found.st_mode & S_IFMT == S_IFDIR else {
            throw HubError(.invalid, "store_folder", "The data folder is not a folder. Name another.")
        }
        guard found.st_mode & 0o022 == 0 else {
            throw HubError(
                .invalid, "store_folder_open",
                "Others on this machine may put files into the data folder. Run chmod 700 on it.")
        }
    }

    private static func status(_ path: String, _ reason: String, _ message: String) throws -> stat {
        var found = stat()
        guard lstat(path, &found) == 0 else { throw failed(reason, message) }
        return found
    }

    private static func failed(_ reason: String, _ message: String) -> HubError {
        HubError(.invalid, reason, message, detail: "errno \(errno)")
    }
}
