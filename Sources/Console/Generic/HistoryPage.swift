import Core

/// Every change of one row: who, when, and each field before and after.
struct HistoryPage: Sendable {
    let noun: Noun
    let visit: Visit
    let id: String

    func content() async throws -> Content {
        let row = try await noun.row(id, visit)
        let changes = try await visit.items(
            "history.show", ["entity": .string(noun.name), "id": row["id"] ?? .string(id)])
        var content = Content(
            "History of \(noun.title(of: row))", says: "The newest first. Each change stands in the audit trail too.",
            changes.map(block))
        content.crumbs = noun.crumbs(visit, (id, noun.title(of: row)))
        if changes.isEmpty { content.blocks = [.words("Nothing has changed since it was made.")] }
        return content
    }

    private func block(_ change: JSON) -> Block {
        let (before, after) = (change["before"] ?? .null, change["after"] ?? .null)
        let what = before == .null ? "Created" : after == .null ? "Deleted" : "Changed"
        let at = change["at"]?.string.flatMap { Moment($0) }?.shown ?? ""
        let fields = Difference.between(before, after, noun)
        let by = change["by"]?.string ?? "–"
        let block = Block.difference(.init(caption: "\(what) \(at)", changes: fields))
        let trail = change["correlation"]?.string.map { [Link("The request", Path("transactions", $0))] } ?? []
        return block.titled("\(what) by \(by), \(at)", visit.may("transaction.get") ? trail : [])
    }
}
