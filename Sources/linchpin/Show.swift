import Core
import Foundation

/// Answers for people: short tables, aligned members, nothing on success without content.
enum Show {
    static func answer(_ answer: JSON) {
        switch answer {
        case .null: break
        case .object(let object):
            if let items = object["items"]?.array, object.members.count == 1 { return table(items, []) }
            let width = object.members.map(\.name.count).max() ?? 0
            for member in object.members {
                let pad = String(repeating: " ", count: width - member.name.count)
                let lines = text(member.value).split(separator: "\n", omittingEmptySubsequences: false)
                Terminal.say("\(safe(member.name))\(pad)  \(lines.first ?? "")")
                for line in lines.dropFirst() { Terminal.say(String(repeating: " ", count: width + 2) + line) }
            }
        default: Terminal.say(text(answer))
        }
    }

    /// Rows under their columns, each cut at 60 characters; all members when no columns are named.
    static func table(_ rows: [JSON], _ wanted: [String]) {
        guard let first = rows.first?.object else { return Terminal.say("none") }
        let columns = wanted.isEmpty ? first.members.map(\.name) : wanted
        let cells = rows.map { row in columns.map { flat(row[$0] ?? .null) } }
        let widths = columns.indices.map { index in
            min(60, max(columns[index].count, cells.map { $0[index].count }.max() ?? 0))
        }
        line(columns.map { safe($0.uppercased()) }, widths)
        for row in cells { line(row, widths) }
    }

    private static func line(_ cells: [String], _ widths: [Int]) {
        var text = ""
        for (cell, width) in zip(cells, widths) {
            let shown = cell.count > width ? String(cell.prefix(width - 1)) + "…" : cell
            text += shown + String(repeating: " ", count: width - shown.count + 2)
        }
        while text.hasSuffix(" ") { text.removeLast() }
        Terminal.say(text)
    }

    private static func flat(_ value: JSON) -> String {
        (value["name"] == nil ? text(value) : inline(value)).replacing("\n", with: " ")
    }

    static func text(_ value: JSON) -> String {
        switch value {
        case .null: "-"
        case .string(let text): text.isEmpty ? "-" : safe(text)
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let items): items.isEmpty ? "-" : items.map(inline).joined(separator: ", ")
        case .object(let object):
            object.members.map { "\(safe($0.name)) \(inline($0.value))" }.joined(separator: "\n")
        case .int, .double: value.description
        }
    }

    private static func inline(_ value: JSON) -> String {
        if let name = value["name"]?.string { return safe(name) }
        if let text = value.string { return safe(text) }
        return safe(value.description)
    }

    /// Line by line without control characters, so that no name can move the cursor or colour the terminal.
    static func safe(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Shown.line(String($0)) }
            .joined(separator: "\n")
    }
}
