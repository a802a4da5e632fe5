import GRDB
import GRDBSQLite
import Storage

/// Binds values to the parameters `$1`, `$2` … of a prepared statement that was reset.
struct SQLiteBinding {
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement) { self.statement = statement }

    /// Throws a defect unless there are exactly as many values as parameters.
    func bind(_ values: [SQLValue]) throws {
        let count = Int(sqlite3_bind_parameter_count(statement))
        guard count == values.count else {
            throw StoreFailure.defect("\(values.count) values for \(count) parameters of a statement")
        }
        for place in 0..<count {
            // To SQLite `$2` is a parameter of the name 2, and its place the order in which it appears.
            guard let number = number(ofParameterAt: Int32(place + 1)), (1...count).contains(number) else {
                throw StoreFailure.defect("a parameter of a statement is none of $1 to $\(count)")
            }
            let code = bind(values[number - 1], at: Int32(place + 1))
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
    }

    private func number(ofParameterAt place: Int32) -> Int? {
        guard var digit = sqlite3_bind_parameter_name(statement, place), digit.pointee == CChar(UInt8(ascii: "$"))
        else {
            return nil
        }
        var number = 0
        repeat {
            digit += 1
            guard (0x30...0x39).contains(digit.pointee), number < 100_000 else {
                return digit.pointee == 0 && number > 0 ? number : nil
            }
            number = number * 10 + Int(digit.pointee - 0x30)
        } while true
    }

    private func bind(_ value: SQLValue, at place: Int32) -> Int32 {
        // SQLite copies what it is given (SQLITE_TRANSIENT).
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(statement, place)
        case .int(let number): return sqlite3_bind_int64(statement, place, number)
        case .text(var text):
            if text.isEmpty { return sqlite3_bind_text(statement, place, "", 0, copied) }
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    sqlite3_bind_text(statement, place, characters.baseAddress, Int32(characters.count), copied)
                }
            }
        case .blob(let bytes):
            // To SQLite an empty blob at no address is NULL.
            if bytes.isEmpty { return sqlite3_bind_zeroblob(statement, place, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(statement, place, $0.baseAddress, Int32($0.count), copied)
            }
        }
    }
}
