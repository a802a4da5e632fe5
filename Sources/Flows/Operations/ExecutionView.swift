import Core
import Ports
import Storage

/// Executions as pages and the command line show them.
enum ExecutionView {
    /// The most of one journaled value that is shown; the whole stays in the journal.
    static let shownBytes = 4_096

    /// One execution without its steps.
    static func summary(_ row: SQLRow) throws -> JSON {
        [
            "id": .string(try row.text("id")), "flow": .string(try row.text("flow")),
            "version": .int(try row.int("version")), "state": .string(try row.text("state")),
            "started_by": .string(try row.text("started_by")), "started_at": moment(try row.int("started_at")),
            "ended_at": moment(try row.optionalInt("ended_at")), "reason": .string(try row.text("reason")),
            "says": .string(try row.text("says")), "correlation": .string(try row.text("correlation")),
            "test": .bool(try row.bool("test")), "parent": text(try row.optionalText("parent_id")),
            "rerun_of": text(try row.optionalText("rerun_of")), "rerun_as": text(try row.optionalText("rerun_as")),
            "cancelled_by": text(try row.optionalText("cancel_by")),
        ]
    }

    private static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    /// One attempt at one step.
    static func step(_ row: SQLRow, _ titles: StepTitles) throws -> JSON {
        let path = try row.text("path")
        let (action, title) = titles.of(path)
        // What was put off goes on by itself.
        let isPutOff = try row.text("state") == StepState.planned.rawValue && row.optionalInt("due_at") != nil
        return [
            "path": .string(path), "action": action.map { .string($0) } ?? .null, "title": .string(title),
            "attempt": .int(try row.int("attempt")),
            "state": .string(isPutOff ? StepState.waiting.rawValue : try row.text("state")),
            "input": try bounded(try row.text("input")),
            "output": try bounded(try row.text("output")), "reason": .string(try row.text("reason")),
            "says": .string(try row.text("says")), "planned_at": moment(try row.int("planned_at")),
            "sent": .bool(try row.optionalInt("sent_at") != nil),
            "sent_at": moment(try row.optionalInt("sent_at")), "ended_at": moment(try row.optionalInt("ended_at")),
            "due_at": moment(try row.optionalInt("due_at")),
        ]
    }

    /// A kept value without what its name says is a secret, or its size when it is too large to show.
    static func bounded(_ text: String, most: Int = shownBytes) throws -> JSON {
        let size = text.utf8.count
        return size <= most ? masked(try JSON.read(text)) : ["bytes": .int(Int64(size)), "shown": false]
    }

    private static func masked(_ value: JSON) -> JSON {
        switch value {
        case .array(let items): return .array(items.map(masked))
        case .object(let object):
            var shown = JSONObject()
            for member in object.members {
                let isSecret = LiteralBan.isSecretName(member.name) && !ValueSeal.isSealed(member.value)
                shown[member.name] = isSecret ? "(not shown)" : masked(member.value)
            }
            return .object(shown)
        case .string: return ValueSeal.isSealed(value) ? .string(Sensitive.shown) : value
        case .null, .bool, .int, .double: return value
        }
    }

    static func moment(_ milliseconds: Int64?) -> JSON {
        milliseconds.map { .string(Timestamp(epochMilliseconds: $0).rfc3339) } ?? .null
    }
}
