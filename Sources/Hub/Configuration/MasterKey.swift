import Core
import Foundation

/// Finds the master key: the environment first, else a file that only its owner may read.
enum MasterKey {
    /// The 32 bytes.
    ///
    /// A missing file is made (mode 0600) only when `mayCreate`: a store that has secrets must not get a new key.
    static func load(_ configuration: HubConfiguration, mayCreate: Bool, _ effects: Effects) throws -> Secret {
        if let text = configuration.masterKey { return try parse(text, from: "LINCHPIN_MASTER_KEY") }
        let path = configuration.masterKeyFile
        if access(path, F_OK) != 0 {
            guard mayCreate else {
                throw HubError(
                    .invalid, "master_key_missing",
                    "The store has sealed secrets, and its master key \(path) is missing. Bring the file back.")
            }
            try DiskFile.create(Array((Hex.encode(effects.randomBytes(32)) + "\n").utf8), at: path)
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw HubError(
                .invalid, "master_key_open",
                "The master key \(path) must be readable by its owner alone. Close it: chmod 600 \(path)")
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw HubError(.invalid, "master_key_unreadable", "The master key \(path) cannot be read. Check its owner.")
        }
        return try parse(Secret([UInt8](bytes)), from: path)
    }

    private static func parse(_ text: Secret, from source: String) throws -> Secret {
        let bytes = text.reveal { raw in
            Hex.decode(String(decoding: raw, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let bytes, bytes.count == 32 else {
            throw HubError(
                .invalid, "master_key_malformed",
                "The master key in \(source) must be 64 lowercase hexadecimal digits. Bring the right one back.")
        }
        return Secret(bytes)
    }
}
