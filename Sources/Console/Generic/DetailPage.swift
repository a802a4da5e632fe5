import Core
import Ports

/// One row: its facts, its lists, and what may be done to it.
struct DetailPage: Sendable {
    let noun: Noun
    let visit: Visit
    let id: String

    func content() async throws -> Content {
        let row = try await noun.row(id, visit)
        var content = Content(noun.title(of: row), acts: acts(on: row), [])
        content.says = noun.nameKey == "says" ? nil : row["says"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        content.crumbs = noun.crumbs(visit)
        content.state = noun.state.flatMap { $0.show.cell(row[$0.key], of: noun, in: row).parts.first?.badge }
        content.notice = visit.asked("done").flatMap(Self.notice)
        content.isLive = noun.state.map { noun.movesWhile.contains(row[$0.key] ?? .null) } ?? false
        let facts = facts(of: row)
        content.blocks = Self.findings(of: row) + (facts.isEmpty ? [] : [.facts(facts)])
        content.blocks += noun.sublists.compactMap { table($0, of: row) }
        content.blocks += try await noun.blocks(row, visit)
        return content
    }

    /// Fixed words for what was done; nothing of the address is shown.
    static func notice(_ done: String) -> Note? {
        switch done {
        case "created": Note(tone: .good, sentence: "Created.")
        case "saved": Note(tone: .good, sentence: "Saved. The change stands in the history.")
        case "unchanged": Note(tone: .plain, sentence: "Nothing was different, so nothing was changed.")
        case "acted": Note(tone: .good, sentence: "Done.")
        default: nil
        }
    }

    /// The declared facts, then every further member, so that nothing of an answer is hidden by accident.
    private func facts(of row: JSON) -> [Fact] {
        let members = row.object?.members ?? []
        let dealtWith =
            noun.hides.union(noun.facts.map(\.key)).union(noun.sublists.map(\.key))
            .union([
                noun.nameKey, noun.state?.key ?? "", "name", "says", "id", "created_at", "updated_at", "findings",
            ])
        let declared = noun.facts.filter { fact in
            row[fact.key] != nil && fact.key != "says"
                && !(noun.rarely.contains(fact.key) && Self.isNothing(row[fact.key]))
        }
        let further = members.filter { !dealtWith.contains($0.name) }
            .map { Noun.Column($0.name, noun.labels[$0.name] ?? Words.label($0.name)) }
        let last = [
            Noun.Column("id", "Id", .code), Noun.Column("created_at", "Created"), Noun.Column("updated_at", "Changed"),
        ].filter { row[$0.key] != nil && noun.idKey != "name" && !noun.hides.contains($0.key) }
        return (declared + further + last).map {
            Fact(name: $0.name, value: $0.show.cell(row[$0.key], of: noun, in: row))
        }
    }

    /// What should be looked at stands before all else.
    private static func findings(of row: JSON) -> [Block] {
        let found = (row["findings"]?.array ?? []).map {
            Finding(tone: .warn, word: "finding", sentence: $0["says"]?.string ?? "")
        }
        return found.isEmpty ? [] : [.findings(found, empty: "")]
    }

    private static func isNothing(_ value: JSON?) -> Bool {
        [nil, .null, "", [], [:]].contains(value)
    }

    private func table(_ list: Noun.Sublist, of row: JSON) -> Block? {
        let items = (row[list.key]?.array ?? []).map { $0.object == nil ? ["name": $0] : $0 }
        if items.isEmpty, list.isLeftOutEmpty { return nil }
        let other = list.noun.flatMap(Nouns.named)
        let columns = list.columns.filter { column in
            !noun.rarely.contains(column.key) || items.contains { !Self.isNothing($0[column.key]) }
        }
        let table = TableView(list.title, columns: columns, items: items, of: other, empty: list.empty) { item in
            list.acts.filter { offers($0.name, item.merged(over: row)) }.map {
                Link(noun.label($0.name), noun.page(id, $0.name, query: [($0.field, item[$0.key]?.string ?? "")]))
            }
        }
        let adds = list.adds.filter { offers($0, row) }.map { Link(noun.label($0), noun.page(id, $0)) }
        return Block.table(table).titled(list.title, adds)
    }

    /// Whether the caller may and the row is in a state for it.
    private func offers(_ act: String, _ row: JSON) -> Bool {
        guard visit.may("\(noun.name).\(act)") else { return false }
        return noun.offered[act].map { $0.values.contains(row.value(at: "/" + $0.key) ?? .null) } ?? true
    }

    /// Edit, the acts that stand nowhere else, history, delete.
    private func acts(on row: JSON) -> [Link] {
        let elsewhere = Set(noun.sublists.flatMap { $0.adds + $0.acts.map(\.name) })
        var links = noun.leadsOn(row, visit)
        if offers("update", row) { links.append(Link("Edit", noun.page(id, "edit"))) }
        for operation in visit.operations where operation.noun == noun.name {
            guard case .act(let act) = operation.verb, !elsewhere.contains(act), offers(act, row) else { continue }
            links.append(Link(noun.label(act), noun.page(id, act), weight: act == noun.mainAct ? "main" : ""))
        }
        if visit.may("history.show"), row["id"] != nil, visit.find("\(noun.name).create") != nil {
            links.append(Link("History", noun.page(id, "history")))
        }
        if offers("delete", row) { links.append(Link("Delete", noun.page(id, "delete"), weight: "danger")) }
        return links
    }
}

extension JSON {
    /// Its members, and those of another object that it has not.
    fileprivate func merged(over other: JSON) -> JSON {
        guard var all = other.object, let own = object else { return self }
        for member in own.members { all[member.name] = member.value }
        return .object(all)
    }
}
