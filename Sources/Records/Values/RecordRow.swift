import Core
import Storage

/// A record, or some of its columns, in order.
struct RecordRow: Sendable {
    typealias Cell = (column: RecordColumn, value: SQLValue)

    let cells: [Cell]

    init(_ cells: [Cell]) { self.cells = cells }

    /// A row of an answer that holds these columns, in this order.
    init(_ columns: [RecordColumn], _ row: SQLRow) {
        cells = Array(zip(columns, row.values))
    }

    /// The values that the hub keeps for a new record.
    static func system(_ sysID: String, by name: String, at now: Timestamp) -> [Cell] {
        let (now, name) = (SQLValue.int(now.epochSeconds * 1000), SQLValue.text(name))
        return [
            (.sysID, .text(sysID)), (.createdOn, now), (.createdBy, name), (.updatedOn, now), (.updatedBy, name),
            (.modCount, .int(0)),
        ]
    }

    /// What the hub keeps about one more update of this record.
    func touched(by name: String, at now: Timestamp) throws -> [Cell] {
        guard case .int(let count) = try value(of: .modCount) else {
            throw rowDefect(RecordColumn.modCount.name, "is not a number")
        }
        return [
            (.updatedOn, .int(now.epochSeconds * 1000)), (.updatedBy, .text(name)), (.modCount, .int(count + 1)),
        ]
    }

    /// The value of a column.
    func value(of column: RecordColumn) throws -> SQLValue {
        guard let cell = cells.first(where: { $0.column.name == column.name }) else {
            throw rowDefect(column.name, "was not read")
        }
        return cell.value
    }

    /// The same record with new values.
    func setting(_ new: [Cell]) -> RecordRow {
        RecordRow(cells.map { cell in new.first { $0.column.name == cell.column.name } ?? cell })
    }

    /// An object of texts.
    var json: JSON {
        get throws {
            var object = JSONObject()
            for (column, value) in cells { object[column.name] = .string(try column.shown(value)) }
            return .object(object)
        }
    }
}
