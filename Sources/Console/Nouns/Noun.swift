import Core
import Ports

/// How the console shows one noun of the operations: its list, its rows, its forms.
///
/// One more noun is one file with such a value and one line in `Nouns.all`. What it does not say follows from the
/// operations: a form has the operation's fields, a button stands for an act, an undeclared member is shown as it is.
struct Noun: Sendable {
    /// A column of the list, or a fact of the row's own page.
    struct Column: Sendable {
        let key: String
        let name: String
        let show: Show

        init(_ key: String, _ name: String? = nil, _ show: Show = .plain) {
            self.key = key
            self.name = name ?? Words.label(key)
            self.show = show
        }
    }

    /// A member of a row that is a list of objects, as a table with acts of its own.
    struct Sublist: Sendable {
        /// An act on one item: the form of that act, with a field filled from the item.
        struct Act: Sendable {
            let name: String
            let field: String
            let key: String
            init(_ name: String, _ field: String, from key: String) {
                self.name = name
                self.field = field
                self.key = key
            }
        }
        let key: String
        let title: String
        /// The noun that the items are rows of; nil when they have no pages.
        var noun: String?
        let columns: [Column]
        var empty = "None."
        /// Whether it is left out when it has no items.
        var isLeftOutEmpty = false
        /// The acts beside its heading.
        var adds: [String] = []
        var acts: [Act] = []
    }

    /// As the operations say it: `client`.
    let name: String
    /// Over its list and in the rail.
    let title: String
    /// One of them in a sentence: `client`.
    let one: String
    let group: RailGroup
    /// What it is, in one sentence.
    let says: String
    /// How its first row comes about, where no button makes it.
    var first: String?
    /// The list's columns; the first heads the row.
    let columns: [Column]
    /// The facts of a row's own page, in their order; what is left of the answer follows.
    var facts: [Column] = []
    var sublists: [Sublist] = []
    /// Members of the answer that are not shown as facts.
    var hides: Set<String> = []
    /// Facts, and columns of sublists, that are left out where they are null or empty.
    var rarely: Set<String> = []
    /// Labels of form fields whose name alone would puzzle.
    var labels: [String: String] = [:]
    /// What a new one starts from.
    var start: Start?
    /// Fields that the form of a new one leaves out, because they are chosen on the row's own page.
    var later: Set<String> = []
    /// Fields that forms leave out, because another says the same; acts ask for them all the same.
    var unasked: Set<String> = []
    /// Which act is offered in which state: the member and the values of which it must have one.
    var offered: [String: (key: String, values: [JSON])] = [:]
    /// The act that a row's own page is there for.
    var mainAct: String?
    /// Further links beside the heading of a row's own page.
    var leadsOn: @Sendable (_ row: JSON, _ visit: Visit) -> [Link] = { _, _ in [] }
    /// The act whose answer holds a secret of the hub's making, and the member that holds it.
    var shownOnce: [String: String] = [:]
    /// The act whose answer names a row to go to: the noun and the member.
    var leads: [String: (noun: String, key: String)] = [:]
    /// The member that is shown as a state beside the heading, and how.
    var state: Column? = Column("active", nil, .active)
    var nameKey = "name"
    var idKey = "id"
    /// Where a form field's present value stands in the answer, if not under the field's own name.
    var present: [String: String] = [:]
    /// Fields that are lists of objects: the members of one, in their order.
    var members: [String: [String]] = [:]
    /// The members of a field that is an object, where they follow from the row.
    var part: @Sendable (_ field: String, _ row: JSON) -> Field.Part? = { _, _ in nil }
    /// Whether its rows change while one looks.
    var isLive = false
    /// The states in which a row's own page changes while one looks.
    var movesWhile: [JSON] = []
    /// Whether the list stands in the rail.
    var isInRail = true
    /// Further blocks of a row's own page.
    var blocks: @Sendable (_ row: JSON, _ visit: Visit) async throws -> [Block] = { _, _ in [] }

    /// What a new row starts from: an item of another list, which says what is asked and what stands there.
    struct Start: Sendable {
        /// The field of the new row that names the item.
        let field: String
        /// The operation that lists the items: `name`, `asks`, `grant`, `why`, `fields` and `settings` of each.
        let list: String
    }

    /// The id of a row: what its page's path and the operations take.
    func id(of row: JSON) -> String { row[idKey]?.string ?? row[idKey]?.int.map(String.init) ?? "" }
    /// The name of a row in headings.
    func title(of row: JSON) -> String {
        let name = row[nameKey]?.string ?? ""
        return name.isEmpty ? id(of: row) : Moment(name)?.shown ?? name
    }
    /// The operations that it names; a hub that lacks one does not start.
    var needs: Set<String> {
        let acts = sublists.flatMap { $0.adds + $0.acts.map(\.name) } + offered.keys + shownOnce.keys + leads.keys
        return Set((["list"] + acts).map { "\(name).\($0)" } + [start?.list].compactMap(\.self))
    }

    /// Its segment in paths, the same as in the API.
    var segment: String { Operation.plural(name) }
    /// The page of its list.
    var page: Path { Path(segment) }
    /// The page of one row.
    func page(_ id: String, query: [(name: String, value: String)] = []) -> Path { Path([segment, id], query: query) }
    /// A page below one row: `edit`, `history`, the name of an act.
    func page(_ id: String, _ below: String, query: [(name: String, value: String)] = []) -> Path {
        Path([segment, id, below], query: query)
    }
}
