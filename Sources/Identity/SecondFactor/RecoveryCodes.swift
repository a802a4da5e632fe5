import Core
import Keys
import Storage

/// Codes for who lost the second factor: 80 random bits each, of which only the hash is kept; each counts once.
enum RecoveryCodes {
    private static let bytes = 10
    private static let groups = 4

    /// New ones, such as `k7qd-2mzp-x3na-4v6t`.
    static func new(_ effects: Effects) -> [Secret] {
        (0..<Limits.recoveryCodes.value).map { _ in
            let text = Array(Base32.encode(effects.randomBytes(bytes)).lowercased().utf8)
            let parts = stride(from: 0, to: text.count, by: groups).map {
                String(decoding: text[$0..<min($0 + groups, text.count)], as: UTF8.self)
            }
            return Secret(parts.joined(separator: "-"))
        }
    }

    /// What is kept of a code of this user; hyphens, spaces and capitals do not count. 80 random bits cannot be guessed, so
    /// no slow hash is needed.
    static func hash(_ code: Secret, of user: UserID) -> [UInt8] {
        code.reveal { bytes in
            let plain = String(decoding: bytes, as: UTF8.self).lowercased().utf8.filter {
                $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ")
            }
            return Hashing.sha256(Array("\(user.rawValue)\n".utf8) + plain)
        }
    }

    /// Puts these in place of the user's earlier ones, used or not.
    static func replace(_ hashes: [[UInt8]], of user: UserID, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM recovery_code WHERE user_id = $1", [.text(user.rawValue)])
        for hash in hashes {
            try writer.run(
                "INSERT INTO recovery_code (user_id, hash, used_at) VALUES ($1, $2, NULL)",
                [.text(user.rawValue), .blob(hash)])
        }
    }

    /// Uses a code up; false when it is none of the user's, or was used.
    static func use(_ hash: [UInt8], of user: UserID, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
            [.text(user.rawValue), .blob(hash), .int(now.epochMilliseconds)]) == 1
    }

    /// How many are left.
    static func left(of user: UserID, in reader: any SQLReader) throws -> Int {
        Int(
            try reader.row(
                "SELECT COUNT(*) AS n FROM recovery_code WHERE user_id = $1 AND used_at IS NULL",
                [.text(user.rawValue)])?.int("n") ?? 0)
    }
}
