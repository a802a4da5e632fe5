import Core
import Ports

/// A noun's rows, narrowed and paged as its list operation can.
struct ListPage: Sendable {
    let noun: Noun
    let visit: Visit

    private static let rowsShown = 50
    /// How many pages of the operation a search reads at most.
    private static let pagesSearched = 10

    func content() async throws -> Content {
        let list = try visit.operation("\(noun.name).list")
        let filter = filter(list)
        let (rows, next, isWhole) = try await rows(list)
        var table = Self.table(
            of: noun, rows,
            empty: filter.isFiltered ? "Nothing fits. Ask for less, or show all." : "There is no \(noun.one) yet.")
        if !filter.isFiltered, visit.may("\(noun.name).create") { table.emptyLink = newLink }
        table.foot = "\(Words.grouped(Int64(rows.count)))\(next == nil && isWhole ? "" : "+") shown"
        table.next = next
        table.rowsID = "rows"
        return Content(noun.title, says: noun.says, acts: acts, [.filter(filter), .table(table)])
    }

    private var newLink: Link { Link("New \(noun.one)", noun.page("new"), weight: "main") }

    /// The acts that are about no one row, then a new row.
    private var acts: [Link] {
        let onAll = visit.operations.filter { $0.noun == noun.name && visit.may($0.name) }.compactMap { operation in
            if case .actOnAll(let act) = operation.verb { Link(Words.label(act), noun.page(act)) } else { nil }
        }
        return onAll + (visit.may("\(noun.name).create") ? [newLink] : [])
    }

    /// Rows of a noun under its columns, on any page.
    static func table(of noun: Noun, _ rows: [JSON], empty: String) -> TableView {
        let shown = rows.map { item in
            let cells = noun.columns.map { $0.show.cell(item[$0.key], of: noun, in: item) }
            return TableView.Row(first: cells[0], cells: Array(cells.dropFirst()))
        }
        return TableView(
            noun.title, noun.columns.map { .init(name: $0.name, isNumber: $0.show.isNumber) }, shown, empty: empty)
    }

    /// The rows of this page; the place of the next one; whether a search saw all rows.
    private func rows(_ list: Operation) async throws -> ([JSON], next: Path?, isWhole: Bool) {
        var sent = asked(of: list)
        let pages = list.fields.contains { $0.name == "after" } && noun.pagesBy != nil
        let wanted = visit.asked("q")
        var found: [JSON] = []
        for _ in 0..<Self.pagesSearched {
            let items = try await visit.items(list.name, sent)
            found += wanted.map { text in items.filter { Self.holds($0, text.lowercased()) } } ?? items
            let mayBeMore = pages && items.count >= Limits.pageRows.value
            guard mayBeMore, wanted != nil, found.count <= Self.rowsShown, let last = items.last else {
                return page(found, mayBeMore: mayBeMore)
            }
            sent["after"] = after(last)
        }
        return (Array(found.prefix(Self.rowsShown)), nil, false)
    }

    private func page(_ found: [JSON], mayBeMore: Bool) -> ([JSON], next: Path?, isWhole: Bool) {
        guard noun.pagesBy != nil,
            visit.find("\(noun.name).list")?.fields.contains(where: { $0.name == "after" }) == true
        else { return (found, nil, found.count < Limits.pageRows.value) }
        let shown = Array(found.prefix(Self.rowsShown))
        guard found.count > shown.count || mayBeMore, let last = shown.last?[noun.pagesBy ?? ""]?.string else {
            return (shown, nil, true)
        }
        let kept = visit.query.filter { $0.name != "after" }
        return (shown, Path([noun.segment], query: kept + [(name: "after", value: last)]), true)
    }

    private func after(_ row: JSON) -> JSON? { noun.pagesBy.flatMap { row[$0] } }

    /// Whether one of its texts holds the words.
    private static func holds(_ value: JSON, _ text: String) -> Bool {
        switch value {
        case .string(let own): own.lowercased().contains(text)
        case .array(let items): items.contains { holds($0, text) }
        case .object(let object): object.members.contains { holds($0.value, text) }
        case .null, .bool, .int, .double: false
        }
    }

    /// What the query asks of the operation: its own fields only.
    private func asked(of list: Operation) -> JSONObject {
        var sent = JSONObject()
        for field in list.fields { sent[field.name] = visit.asked(field.name).map(JSON.string) }
        return sent
    }

    private func filter(_ list: Operation) -> FilterView {
        var filter = FilterView(action: noun.page)
        filter.search = .init(name: "q", label: "Search", text: visit.asked("q") ?? "")
        for field in list.fields where !["after", "most", "limit"].contains(field.name) {
            let (label, asked) = (noun.label(field.name), visit.asked(field.name) ?? "")
            if case .oneOf(let words) = field.kind {
                let options = words.map {
                    Input.Option(id: "", value: $0, shown: Words.spoken($0), isChosen: $0 == asked)
                }
                filter.choices.append(.init(name: field.name, label: label, options: options))
            } else {
                filter.texts.append(.init(name: field.name, label: label, text: asked))
            }
        }
        filter.isFiltered = visit.query.contains { !$0.value.isEmpty && $0.name != "after" }
        filter.live = noun.isLive ? "rows" : nil
        return filter
    }
}

extension Show {
    /// Whether its column stands to the right.
    var isNumber: Bool {
        switch self {
        case .seconds, .microseconds, .count, .number: true
        default: false
        }
    }
}
