import Core
import Ports

/// Which texts may name tables, columns and roles. Only names that pass ever reach a statement.
enum DictionaryName {
    /// `[a-z][a-z0-9_]{0,39}`.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 40 else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// 32 lowercase hexadecimal digits.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    /// The name of a table that somebody adds. One that looks like an id is refused, so that an id and a name never
    /// mean two tables; `sys_` is the hub's; a word that stands at its place in a path would hide it.
    static func checkTable(_ name: String) throws {
        guard isName(name), !isID(name), !name.hasPrefix("sys_"), !name.contains("__"), !pathWords.contains(name)
        else { throw problem(name, "a table") }
    }

    /// What the platform has below `/api/now` beside tables.
    private static let pathWords: Set<String> = [
        "table", "stats", "import", "attachment", "batch", "cmdb", "doc", "graphql", "identifyreconcile", "interaction",
        "oauth", "pa", "email", "ui", "v1", "v2",
    ]

    /// A column's name; `sys_` is the hub's, two underscores in a row are kept for columns beside columns.
    static func checkColumn(_ name: String) throws {
        guard isName(name), !name.hasPrefix("sys_"), !name.contains("__") else { throw problem(name, "a column") }
    }

    private static func problem(_ name: String, _ what: String) -> HubError {
        HubError(
            .invalid, "bad_name",
            "\"\(Shown.name(name))\" can not name \(what). "
                + "Use 1 to 40 lowercase letters, digits and _, a letter first, no sys_ and no __.")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
