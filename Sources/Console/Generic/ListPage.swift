import Core
import Ports

/// A noun's rows, narrowed and paged as its list operation can.
struct ListPage: Sendable {
    let noun: Noun
    let visit: Visit

    /// As many found rows make a page of a search.
    private static let enough = 50

    func content() async throws -> Content {
        let list = try visit.operation("\(noun.name).list")
        let filter = filter(list)
        let (rows, next) = try await rows(list)
        var table = TableView(noun.title, columns: noun.columns, items: rows, of: noun, empty: empty(filter))
        let isWhole = next == nil && rows.count < Limits.pageRows.value
        table.foot =
            rows.isEmpty && next == nil ? nil : "\(Words.grouped(Int64(rows.count)))\(isWhole ? "" : "+") shown"
        table.next = next.map { next in
            Path([noun.segment], query: visit.query.filter { $0.name != "after" } + [(name: "after", value: next)])
        }
        table.rowsID = "rows"
        return Content(noun.title, says: noun.says, acts: acts, [.filter(filter), .table(table)])
    }

    /// What is said where no row is, with the next step.
    private func empty(_ filter: FilterView) -> String {
        if visit.asked("after") != nil { return "There are no more." }
        if filter.isFiltered { return "Nothing fits. Ask for less, or show all." }
        let first = noun.first ?? (mayCreate ? "New \(noun.one) makes the first." : nil)
        return (["There is no \(noun.one) yet."] + [first].compactMap(\.self)).joined(separator: " ")
    }

    private var mayCreate: Bool { visit.may("\(noun.name).create") }

    /// The acts that are about no one row, then a new row.
    private var acts: [Link] {
        let onAll = visit.operations.filter { $0.noun == noun.name && visit.may($0.name) }.compactMap { operation in
            if case .actOnAll(let act) = operation.verb { Link(noun.label(act), noun.page(act)) } else { nil }
        }
        return onAll + (mayCreate ? [Link("New \(noun.one)", noun.page("new"), weight: "main")] : [])
    }

    /// The rows of this page, and where the next one begins. A search reads on until it has found enough.
    private func rows(_ list: Operation) async throws -> ([JSON], next: String?) {
        var sent = asked(of: list)
        let wanted = visit.asked("q")?.lowercased()
        var found: [JSON] = []
        for _ in 0..<Limits.consolePages.value {
            let page = try await visit.page(list.name, sent)
            found += wanted.map { text in page.items.filter { Self.holds($0, text) } } ?? page.items
            guard let next = page.next else { return (found, nil) }
            sent["after"] = next
            if wanted == nil || found.count >= Self.enough { break }
        }
        return (found, sent["after"]?.string)
    }

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
            } else if case .bool = field.kind {
                filter.ticks.append(.init(name: field.name, label: label, isTicked: asked == "true"))
            } else {
                filter.texts.append(.init(name: field.name, label: label, text: asked))
            }
        }
        filter.isFiltered = visit.query.contains { !$0.value.isEmpty && $0.name != "after" }
        filter.live = noun.isLive ? "rows" : nil
        return filter
    }
}
