import Core
import Storage

/// A record, or some of its columns, in order.
struct RecordRow: Sendable {
    typealias Cell = (column: RecordColumn, value: SQLValue)

    let cells: [Cell]

    init(_ cells: [Cell]) { self.cells = cells }

    /// A row of an answer.
    init(_ columns: [RecordColumn], _ row: SQLRow) throws {
        cells = try columns.map { ($0, try row.value($0.name)) }
    }

    /// The values that the hub keeps for a new record.
    static func system(_ sysID: String, by cause: Cause) -> [Cell] {
        let now = SQLValue.int(cause.now.epochSeconds * 1000)
        let actor = SQLValue.text(cause.actor.name)
        return [
            (.sysID, .text(sysID)), (.createdOn, now), (.createdBy, actor), (.updatedOn, now), (.updatedBy, actor),
            (.modCount, .int(0)),
        ]
    }

    /// What the hub keeps about one more update of this record.
    func touched(by cause: Cause) throws -> [Cell] {
        guard case .int(let count) = try value(of: .modCount) else {
            throw rowDefect(RecordColumn.modCount.name, "is not a number")
        }
        return [
            (.updatedOn, .int(cause.now.epochSeconds * 1000)), (.updatedBy, .text(cause.actor.name)),
            (.modCount, .int(count + 1)),
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
