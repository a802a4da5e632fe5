import Core
import Foundation

/// Answers for people: aligned members and short tables, never raw JSON.
enum Show {
    /// One member a line, its name before it.
    static func answer(_ answer: JSON) {
        guard let object = answer.object else {
            if answer != .null { Terminal.say(text(answer)) }
            return
        }
        let width = object.members.map(\.name.count).max() ?? 0
        for member in object.members {
            let pad = String(repeating: " ", count: width - member.name.count)
            let lines = text(member.value).split(separator: "\n", omittingEmptySubsequences: false)
            Terminal.say("\(safe(member.name))\(pad)  \(lines.first ?? "")")
            for line in lines.dropFirst() { Terminal.say(String(repeating: " ", count: width + 2) + line) }
        }
    }

    /// One thing, then what it has several of as a table; no table where it has none.
    static func answer(_ answer: JSON, then name: String, _ columns: [Column]) {
        guard var object = answer.object else { return Self.answer(answer) }
        object[name] = nil
        Self.answer(.object(object))
        guard let items = answer[name], items.array?.isEmpty == false else { return }
        Terminal.say("")
        table(items, columns)
    }

    /// The items of a list under their columns.
    static func table(_ items: JSON?, _ columns: [Column]) {
        Table(columns: columns, rows: items?.array ?? []).say()
    }

    /// What an answer says should be looked at, each on a line of its own behind what was said; empty without any.
    ///
    /// - Parameter reason: one that is left out, because it is told otherwise.
    static func findings(_ answer: JSON, but reason: String? = nil) -> String {
        (answer["findings"]?.array ?? []).filter { reason == nil || $0["reason"]?.string != reason }.map {
            "\nfinding: \(text($0))"
        }.joined()
    }

    /// What the lists of an updated object hold no longer; a line each, empty if there is nothing.
    static func noLonger(_ answer: JSON) -> String {
        (answer["no_longer"]?.object?.members ?? []).map { field in
            "\nno longer in \(safe(field.name)): \(line(field.value))"
        }.joined()
    }

    /// Which active flows fail now, and why; a line each, empty if none does.
    static func failing(_ answer: JSON) -> String {
        guard let flows = answer["flows_fail"] else { return "" }
        guard let flows = flows.array else { return "\nWhich flows fail now could not be seen. See: linchpin doctor" }
        return flows.map { "\nfails: \(text($0))" }.joined()
    }

    /// As it stands in a cell: one line.
    static func line(_ value: JSON) -> String { text(value).replacing("\n", with: ", ") }

    /// As it stands behind a name: several lines where a list has several things to say.
    static func text(_ value: JSON) -> String {
        switch value {
        case .null: "-"
        case .string(let text): text.isEmpty ? "-" : safe(text)
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let items): items.isEmpty ? "-" : list(items)
        case .object(let object): one(object)
        case .int, .double: value.description
        }
    }

    private static func list(_ items: [JSON]) -> String {
        let areNames = items.allSatisfy { $0.object == nil || $0["name"] != nil }
        return items.map(text).joined(separator: areNames ? ", " : "\n")
    }

    /// By its name; a rule as method and path; a finding by its sentence; anything else as its pairs.
    private static func one(_ object: JSONObject) -> String {
        if let name = object["name"]?.string { return safe(name) }
        if let method = object["method"]?.string, let path = object["path"]?.string { return safe("\(method) \(path)") }
        if let says = object["says"]?.string, !says.isEmpty { return safe(says) }
        return pairs(object)
    }

    /// `a=1, b=2`; what has pairs inside puts them in brackets.
    static func pairs(_ object: JSONObject) -> String {
        object.members.map { member in
            let isNested = (member.value.object ?? member.value.array?.first?.object) != nil
            let inner = line(member.value)
            return safe(member.name) + (isNested ? " (\(inner))" : "=\(inner)")
        }.joined(separator: ", ")
    }

    /// Line by line without control characters, so that no name can move the cursor or colour the terminal.
    static func safe(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Shown.line(String($0)) }
            .joined(separator: "\n")
    }
}
