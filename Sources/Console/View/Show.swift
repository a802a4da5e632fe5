import Core

/// The ways in which a value of an answer is shown.
indirect enum Show: Sendable {
    /// The words, numbers and lists as they are; moments and truth values by their look.
    case plain
    /// An id, a path, anything that people copy.
    case code
    /// Prose.
    case sentence
    /// The link to the row's own page.
    case name
    /// The name of a row of another noun.
    case reference(String)
    /// Several names of rows of another noun.
    case references(String)
    /// True and false as words with a shape.
    case flag(yes: Badge, no: Badge)
    /// A word of the API as people say it.
    case spoken
    /// Known words with their tone.
    case word([String: Tone])
    case number
    case seconds
    case microseconds
    /// How many items a list has.
    case count
    /// Made from the value itself.
    case made(@Sendable (JSON) -> Cell)

    static let active = Show.flag(yes: Badge(tone: .good, word: "active"), no: Badge(tone: .plain, word: "off"))

    /// The value under its noun; `row` is the whole answer that it is a member of.
    func cell(_ value: JSON?, of noun: Noun?, in row: JSON) -> Cell {
        guard let value, value != .null else { return .nothing }
        switch self {
        case .plain: return Self.guess(value)
        case .code: return .code(value.string ?? value.text())
        case .sentence: return Cell(Cell.text(value.string ?? "").parts, isLong: true)
        case .name:
            guard let noun else { return Self.guess(value) }
            let name = Self.named(value)
            var link = Link(name, noun.page(noun.id(of: row)))
            if let moment = Moment(name) {
                link = Link(moment.shown, link.path)
                link.isTight = true
            }
            return Cell([.init(link: link)])
        case .reference(let name): return Self.reference(value, to: name)
        case .references(let name):
            return Self.all(value.array ?? []) { Self.tag(Self.named($0), leadsTo: name) }
        case .flag(let yes, let no):
            guard let flag = value.bool else { return Self.guess(value) }
            return Cell([.init(badge: flag ? yes : no)])
        case .spoken: return .text(Words.spoken(value.string ?? ""))
        case .word(let tones):
            guard let word = value.string, !word.isEmpty else { return .nothing }
            return .badge(tones[word] ?? .plain, Words.spoken(word))
        case .number: return value.int.map { .number(Words.grouped($0)) } ?? Self.guess(value)
        case .seconds: return value.int.map { .number(Words.duration($0)) } ?? .nothing
        case .microseconds: return value.int.map { .number(Words.milliseconds($0)) } ?? .nothing
        case .count: return .number(String(value.array?.count ?? 0))
        case .made(let make): return make(value)
        }
    }

    /// By its look: moments, truth values, names, lists.
    private static func guess(_ value: JSON) -> Cell {
        switch value {
        case .null: .nothing
        case .bool(let flag): .text(flag ? "yes" : "no")
        case .int, .double: .number(value.text())
        case .string("-"): .nothing
        case .string(let text): Moment(text).map { Cell([.init(moment: $0)]) } ?? .text(text)
        case .array(let items): all(items) { .init(tag: named($0)) }
        case .object(let object): object["name"]?.string.map(Cell.text) ?? .code(value.text())
        }
    }

    private static func reference(_ value: JSON, to noun: String) -> Cell {
        let name = named(value)
        guard !name.isEmpty, name != "-", let target = Nouns.named(noun) else { return .text(name == "-" ? "" : name) }
        return .link(name, target.page(value["id"]?.string ?? name))
    }

    private static func all(_ items: [JSON], _ part: (JSON) -> Cell.Part) -> Cell {
        items.isEmpty ? .nothing : Cell(items.map(part), isLong: true)
    }

    private static func tag(_ name: String, leadsTo noun: String) -> Cell.Part {
        Nouns.named(noun).map { .init(tagLink: Link(name, $0.page(name))) } ?? .init(tag: name)
    }

    /// An object's members that hold something, name by name.
    @Sendable static func pairs(_ value: JSON) -> Cell {
        let members = (value.object?.members ?? []).filter { $0.value != .null && $0.value != "" }
        guard !members.isEmpty else { return .nothing }
        return Cell(
            members.flatMap { [.init(quiet: "\(Words.label($0.name)):"), .init(plain: line($0.value))] }, isLong: true)
    }

    /// A list of sentences.
    @Sendable static func sentences(_ value: JSON) -> Cell {
        Cell((value.array ?? []).compactMap { $0.string.map { .init(plain: $0) } }, isLong: true)
    }

    /// A text itself, an object by its name.
    static func named(_ value: JSON) -> String {
        value.string ?? value["name"]?.string ?? value["says"]?.string ?? value.text()
    }

    /// A value on one line: an object as its pairs.
    static func line(_ value: JSON) -> String {
        guard let object = value.object else { return value.string ?? value.text() }
        if let name = object["name"]?.string { return name }
        return object.members.filter { $0.value != .null && $0.value != "" }
            .map { $0.value.string ?? $0.value.text() }.joined(separator: " ")
    }
}
