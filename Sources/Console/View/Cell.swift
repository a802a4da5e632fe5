import Core
import Mustache

/// How a state feels; each has a shape of its own, so that colour never speaks alone.
enum Tone: String, Sendable, CustomStringConvertible {
    case good, warn, bad, busy
    case plain = ""
    var description: String { rawValue }

    var shape: String {
        switch self {
        case .good: "●"
        case .warn: "▲"
        case .bad: "✕"
        case .busy: "◐"
        case .plain: "○"
        }
    }
}

/// A state as a word with a shape.
struct Badge: Sendable {
    let tone: Tone
    let word: String
}

/// A moment: in UTC for people and, exact, for machines.
struct Moment: Sendable {
    let utc: String
    let shown: String

    /// Nil for a text that is no moment.
    init?(_ text: String) {
        guard let time = Timestamp(rfc3339: text) else { return nil }
        utc = text
        shown = time.platform
    }
}

/// One value as a page shows it: some parts, one after the other.
struct Cell: Sendable {
    /// One of its members is there.
    struct Part: Sendable, MustacheParent {
        var plain: String?
        var code: String?
        var quiet: String?
        var link: Link?
        var tag: String?
        var tagLink: Link?
        var moment: Moment?
        var badge: Badge?
        var isLink: Bool { link != nil || tagLink != nil }

        /// What the library would find by reflection, which a long table has too many parts for.
        func child(named name: String) -> Any? {
            switch name {
            case "plain": plain
            case "code": code
            case "quiet": quiet
            case "link": link
            case "tag": tag
            case "tagLink": tagLink
            case "moment": moment
            case "badge": badge
            default: nil
            }
        }
    }
    var parts: [Part]
    var isNumber = false
    /// Whether it is prose, which breaks into lines.
    var isLong = false
    /// The head of its column, for where rows stand as cards.
    var head = ""
    init(_ parts: [Part], isNumber: Bool = false, isLong: Bool = false) {
        self.parts = parts
        self.isNumber = isNumber
        self.isLong = isLong
    }

    /// What is longer breaks into lines where there is no room for it.
    private static let longest = 30

    static let nothing = Cell([Part(quiet: "–")])
    static func text(_ text: String) -> Cell {
        text.isEmpty ? nothing : Cell([Part(plain: text)], isLong: text.utf8.count > longest)
    }
    static func number(_ text: String) -> Cell { Cell([Part(plain: text)], isNumber: true) }
    static func code(_ text: String) -> Cell {
        text.isEmpty ? nothing : Cell([Part(code: text)], isLong: text.utf8.count > longest)
    }
    static func link(_ name: String, _ path: Path) -> Cell { Cell([Part(link: Link(name, path))]) }
    static func badge(_ tone: Tone, _ word: String) -> Cell { Cell([Part(badge: Badge(tone: tone, word: word))]) }
}

extension Cell: MustacheParent {
    /// The classes of its place in a table.
    private var kind: String {
        let isNothing = parts.count == 1 && parts[0].quiet == "–"
        return [isNothing ? "nothing" : nil, isNumber ? "number" : isLong ? "clip" : nil].compactMap(\.self)
            .joined(separator: " ")
    }

    func child(named name: String) -> Any? {
        switch name {
        case "parts": parts
        case "kind": kind
        case "head": head
        case "isLong": isLong
        default: nil
        }
    }
}
