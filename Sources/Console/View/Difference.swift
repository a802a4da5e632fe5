import Core
import Mustache

/// Before and after of some fields, line by line: what stayed is shown only around what changed.
struct Difference: Sendable {
    enum Kind: Sendable { case same, was, will }

    /// Lines of one kind that follow each other.
    struct Part: Sendable, Equatable {
        let kind: Kind
        fileprivate(set) var text: String
    }

    struct Change: Sendable {
        let name: String
        let parts: [Part]
    }

    let caption: String
    let changes: [Change]

    private static let (context, linesCompared) = (2, 4_000)

    /// The members that differ between two states of a row.
    static func between(_ before: JSON, _ after: JSON, _ noun: Noun) -> [Change] {
        var names: [String] = []
        for member in (before.object?.members ?? []) + (after.object?.members ?? []) where !names.contains(member.name)
        {
            names.append(member.name)
        }
        return names.filter { !["id", "created_at", "updated_at"].contains($0) && before[$0] != after[$0] }
            .map { Change(name: noun.label($0), parts: parts(lines(before[$0]), lines(after[$0]))) }
    }

    /// A value on lines, so that what changed in it can be seen.
    private static func lines(_ value: JSON?) -> [String] {
        switch value {
        case nil, .null?, .string("")?: []
        case .string(let text)?: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        case .bool(let flag)?: [flag ? "yes" : "no"]
        case .array(let items)?: items.map { Show.line($0) }
        case let other?: [Show.line(other)]
        }
    }

    static func parts(_ old: [String], _ new: [String]) -> [Part] {
        let lines = compared(old, new)
        var near: Set<Int> = []
        for (place, line) in lines.enumerated() where line.kind != .same {
            near.formUnion(place - context...place + context)
        }
        var parts: [Part] = []
        for (place, line) in lines.enumerated() {
            let text = near.contains(place) ? line.text : "⋯"
            guard parts.last?.kind == line.kind else {
                parts.append(Part(kind: line.kind, text: text))
                continue
            }
            if text == "⋯", parts[parts.count - 1].text.hasSuffix("⋯") { continue }
            parts[parts.count - 1].text += "\n" + text
        }
        return parts
    }

    /// All lines of both in their order. Too many are not compared: they are all gone and all new.
    private static func compared(_ old: [String], _ new: [String]) -> [Part] {
        guard old.count + new.count <= linesCompared else {
            return old.map { Part(kind: .was, text: $0) } + new.map { Part(kind: .will, text: $0) }
        }
        var (gone, come): (Set<Int>, Set<Int>) = ([], [])
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): gone.insert(offset)
            case .insert(let offset, _, _): come.insert(offset)
            }
        }
        var (lines, before, after): ([Part], Int, Int) = ([], 0, 0)
        while before < old.count || after < new.count {
            if gone.contains(before) {
                lines.append(Part(kind: .was, text: old[before]))
                before += 1
            } else if come.contains(after) {
                lines.append(Part(kind: .will, text: new[after]))
                after += 1
            } else {
                lines.append(Part(kind: .same, text: old[before]))
                (before, after) = (before + 1, after + 1)
            }
        }
        return lines
    }
}

extension Difference.Part: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "isSame": kind == .same
        case "isWas": kind == .was
        case "isWill": kind == .will
        case "text": text
        default: nil
        }
    }
}
