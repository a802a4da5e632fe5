import Core

/// What a backup says about itself: the file `manifest.json` beside the copy.
///
/// It is not signed. What it says of the file is a check against damage; against a forger stand the audit chain in the
/// copy, whose key only the master key opens, and a checkpoint line that was kept elsewhere.
struct BackupManifest: Sendable, Equatable {
    /// Why it was made.
    enum Reason: String, Sendable, CaseIterable {
        case asked
        case beforeRestore = "before_restore"
        case beforeUpdate = "before_update"
    }

    static let file = "manifest.json"
    static let store = "hub.sqlite"
    private static let format = "linchpin-backup 1"

    let name: String
    let at: Timestamp
    /// The program that made it.
    let version: String
    let reason: Reason
    /// The ids of the schema changes that the copy has.
    let schema: Set<String>
    let digest: DiskFile.Digest
    /// What the verification of its audit chain said.
    let audit: String
    /// The newest checkpoint line; nil before the first event, and for a chain that does not hold.
    let checkpoint: String?

    var json: JSON {
        [
            "format": .string(Self.format), "name": .string(name), "made_at": .string(at.rfc3339),
            "version": .string(version), "reason": .string(reason.rawValue),
            "schema": .array(schema.sorted().map { .string($0) }),
            "files": [
                [
                    "name": .string(Self.store), "bytes": .int(digest.bytes),
                    "sha256": .string(digest.sha256),
                ]
            ],
            "audit": .string(audit), "checkpoint": checkpoint.map { .string($0) } ?? .null,
        ]
    }

    /// As a list shows it: without the schema.
    var summary: JSON {
        [
            "name": .string(name), "made_at": .string(at.rfc3339), "version": .string(version),
            "reason": .string(reason.rawValue), "bytes": .int(digest.bytes),
            "sha256": .string(digest.sha256), "audit": .string(audit),
            "checkpoint": checkpoint.map { .string($0) } ?? .null, "usable": true,
        ]
    }

    init(
        name: String, at: Timestamp, version: String, reason: Reason, schema: Set<String>,
        digest: DiskFile.Digest, audit: String, checkpoint: String?
    ) {
        self.name = name
        self.at = at
        self.version = version
        self.reason = reason
        self.schema = schema
        self.digest = digest
        self.audit = audit
        self.checkpoint = checkpoint
    }

    /// Reads the manifest of a backup's folder; whatever a hub does not write is refused.
    static func read(in folder: String) throws -> BackupManifest {
        let bytes: [UInt8]
        do { bytes = try DiskFile.read("\(folder)/\(file)", most: Limits.manifestBytes.value) } catch {
            throw unreadable("cannot be read")
        }
        let json: JSON
        do { json = try JSON.read(bytes) } catch { throw unreadable("is not the JSON that a hub writes") }
        guard json["format"]?.string == format else { throw unreadable("has a form that this program does not know") }
        guard let files = json["files"]?.array, files.count == 1, files[0]["name"]?.string == store,
            let size = files[0]["bytes"]?.int, (1...Int64(Limits.storeBytes.value)).contains(size),
            let hash = files[0]["sha256"]?.string,
            Hex.decode(hash)?.count == 32, let name = json["name"]?.string,
            let at = json["made_at"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let version = json["version"]?.string,
            let reason = json["reason"]?.string.flatMap(Reason.init(rawValue:)),
            let schema = json["schema"]?.texts, !schema.isEmpty,
            let audit = json["audit"]?.string
        else { throw unreadable("does not name exactly the files of a backup") }
        return BackupManifest(
            name: Shown.name(name), at: at, version: Shown.name(version), reason: reason, schema: Set(schema),
            digest: .init(bytes: size, sha256: hash), audit: Shown.line(audit),
            checkpoint: json["checkpoint"]?.string)
    }

    private static func unreadable(_ why: String) -> HubError {
        HubError(.invalid, "backup_unreadable", "The backup's manifest \(why). Take another copy.")
    }
}
