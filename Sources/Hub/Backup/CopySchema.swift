import Core
import Foundation
import Storage
import StorageSQLite

/// Whether the schema of a copy is one that a hub made.
///
/// A table that looks right may still swallow what is written to it: a generated column, a constraint that ignores
/// conflicts. So each statement of the hub's own tables must be the one that its migrations make, and the statements
/// of the dictionary's tables must be made of the words that a hub uses.
enum CopySchema {
    /// What may stand, outside quoted names, in the statement of a table of the dictionary or of its index.
    private static let words: Set<Substring> = [
        "CREATE", "TABLE", "INDEX", "UNIQUE", "ON", "TEXT", "INTEGER", "BLOB", "NOT", "NULL", "PRIMARY", "KEY",
        "DEFAULT",
        "STRICT",
    ]
    private static let own = "rec_"

    /// Throws `copy_foreign` unless the copy's schema is what these migrations make, and tables of the dictionary.
    ///
    /// - Parameter model: where a store may be made for a moment.
    static func check(_ copy: SQLiteCopy, has migrations: Set<String>, model: String) async throws {
        let wanted = try await made(of: migrations, at: model)
        let found = try await copy.read { try statements(in: $0) }
        let strange = found.filter { name, statement in
            wanted[name].map { $0 != statement } ?? !isOfDictionary(name, statement)
        }
        guard let first = (Set(strange.keys).union(wanted.keys.filter { found[$0] == nil })).min() else { return }
        throw HubError(
            .invalid, "copy_foreign",
            "The copy's table or index \(Shown.name(first)) is not as a hub makes it. Take another copy.")
    }

    private static func made(of migrations: Set<String>, at path: String) async throws -> [String: String] {
        defer { for end in ["", "-wal", "-shm"] { unlink(path + end) } }
        let store = try SQLiteDatabase(path: path)
        let made: Result<[String: String], any Error>
        do {
            let now = Timestamp(epochSeconds: 0)
            _ = try await Migrator.bring(store, to: Parts.migrations, only: migrations, at: now)
            made = .success(try await store.read { try statements(in: $0) })
        } catch { made = .failure(error) }
        await store.close()
        return try made.get()
    }

    /// Each table and index with the statement that made it; an index that SQLite makes by itself has none.
    private static func statements(in reader: any SQLReader) throws -> [String: String] {
        let rows = try reader.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name LIMIT $1",
            [.int(Int64(Limits.schemaObjects.value))])
        guard rows.count < Limits.schemaObjects.value else {
            throw HubError(.invalid, "copy_foreign", "The copy has more tables than any hub makes. Take another copy.")
        }
        let pairs = try rows.map { row in
            let statement = try row.optionalText("sql") ?? ""
            return (try row.text("name"), "\(try row.text("type")) of \(try row.text("tbl_name")): \(statement)")
        }
        return Dictionary(pairs) { first, _ in first + " twice" }
    }

    private static func isOfDictionary(_ name: String, _ statement: String) -> Bool {
        // What SQLite makes by itself for a key: `index of rec_x: `.
        if name.hasPrefix("sqlite_autoindex_\(own)") { return statement.hasSuffix(": ") }
        guard let start = statement.range(of: ": CREATE "),
            statement[..<start.lowerBound].contains(" of \(own)")
        else { return false }
        // Other quotes than those of a hub, and comments, could hide words from here.
        let bare = statement.replacing("''", with: "")
        guard !["'", "`", "[", "--", "/*"].contains(where: { bare.contains($0) }) else { return false }
        let plain = statement[start.lowerBound...].split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ")
        return plain.split { !$0.isLetter && $0 != "_" }.allSatisfy { words.contains($0) }
    }
}
