import CLibPQ
import Core
import Storage

/// One answer of the server; released with this object.
final class PostgresResult {
    private let result: OpaquePointer

    /// Takes over libpq's answer; nil when there is none.
    init?(_ result: OpaquePointer?) {
        guard let result else { return nil }
        self.result = result
    }

    deinit { PQclear(result) }

    var isGood: Bool {
        let status = PQresultStatus(result)
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
    }

    /// The command and its count, such as `INSERT 0 1`.
    var tag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    var isSelection: Bool { tag.hasPrefix("SELECT") }

    /// How many rows an INSERT, UPDATE or DELETE touched; 0 for anything else.
    var touched: Int { isSelection ? 0 : Int(String(cString: PQcmdTuples(result))) ?? 0 }

    var sqlState: String { field("C") }

    /// The table changed its columns after the statement was prepared.
    var isStalePlan: Bool { sqlState == "0A000" && field("R") == "RevalidateCachedQuery" }

    /// A parameter's type does not follow from its place, or its places disagree.
    var hasUnknownType: Bool { ["42P08", "42P18", "42804", "42883"].contains(sqlState) }

    /// One field of an error, by libpq's letter; empty when the server did not send it.
    func field(_ letter: Unicode.Scalar) -> String {
        PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) } ?? ""
    }

    func rows() throws -> [SQLRow] {
        let width = PQnfields(result)
        let columns = (0..<width).map { String(cString: PQfname(result, $0)) }
        let types = (0..<width).map { PQftype(result, $0) }
        return try (0..<PQntuples(result)).map { row in
            let values = try (0..<width).map { column in
                try value(row, column, type: types[Int(column)], name: columns[Int(column)])
            }
            return SQLRow(columns: columns, values: values)
        }
    }

    private func value(_ row: Int32, _ column: Int32, type: Oid, name: String) throws -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        let text = String(decoding: bytes, as: UTF8.self)
        // `pg_type`: bool; int8, int2, int4, numeric; bytea; name, text, bpchar, varchar, unknown.
        switch type {
        case 16: return .int(text == "t" ? 1 : 0)
        case 20, 21, 23, 1700:
            guard let number = Int64(text) else { throw RowProblem(column: name, what: "is not a whole number") }
            return .int(number)
        case 17:
            // The session asks for `\x` and hexadecimal digits.
            guard text.hasPrefix("\\x"), let blob = Hex.decode(String(text.dropFirst(2))) else {
                throw RowProblem(column: name, what: "is not bytes")
            }
            return .blob(blob)
        case 19, 25, 1042, 1043, 705: return .text(text)
        case 2278: return .null
        default: throw RowProblem(column: name, what: "has a type that SQLite does not have (\(type))")
        }
    }
}
