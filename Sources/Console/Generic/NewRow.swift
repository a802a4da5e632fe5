import Core
import Ports

/// What the form of a new row asks, and what stands there already.
struct NewRow: Sendable {
    let fields: [Field]
    /// The values that it starts with; nil where it starts with none.
    var values: JSON?
    /// The name of what it starts from.
    var chosen: String?
    var why: String?
    private var noun: Noun

    /// Nil as long as nobody has chosen what it starts from.
    init?(noun: Noun, visit: Visit, operation: Operation) async throws {
        self.noun = noun
        guard let start = noun.start else {
            fields = operation.fields.filter { !noun.later.union(noun.unasked).contains($0.name) }
            return
        }
        let name = visit.sent(start.field) ?? visit.asked(start.field)
        guard let item = try await visit.items(start.list).first(where: { $0["name"]?.string == name }) else {
            return nil
        }
        let asked = Set(item["fields"]?.texts ?? [])
        let settings = item["settings"]
        fields = operation.fields.filter { $0.required || asked.contains($0.name) }.map { field in
            // What an item asks for and has no value of, only a person knows.
            asked.contains(field.name) && [nil, .null, []].contains(settings?[field.name])
                ? .required(field.name, field.kind, field.says) : field
        }
        (values, chosen, why) = (settings, name, item["why"]?.string)
    }

    var hidden: [FormView.Hidden] {
        guard let start = noun.start, let chosen else { return [] }
        return [.init(name: start.field, text: chosen)]
    }

    /// What was sent, with the name of what it starts from.
    func whole(_ sent: JSONObject) -> JSONObject {
        guard let start = noun.start, let chosen else { return sent }
        var whole = sent
        whole[start.field] = .string(chosen)
        return whole
    }

    /// What it starts with and nobody is asked about.
    var start: [Block] {
        guard let values else { return [] }
        let asked = Set(fields.map(\.name))
        let facts = noun.facts.filter { fact in
            ![nil, .null, [], false].contains(values[fact.key]) && !asked.contains(fact.key)
        }
        guard !facts.isEmpty else { return [] }
        return [
            Block.facts(facts.map { Fact(name: $0.name, value: $0.show.cell(values[$0.key], of: noun, in: values)) })
                .titled("It starts with", [Link("Something else", noun.page("new"))])
        ]
    }

    /// The page that asks what a new row is.
    static func choices(_ noun: Noun, _ visit: Visit, _ operation: Operation) async throws -> Content {
        guard let start = noun.start else { throw Visit.nothingHere }
        let tiles = try await visit.items(start.list).map { item in
            let name = item["name"]?.string ?? ""
            let grant = (item["grant"]?.string ?? "").split(separator: ":").last.map { Words.spoken(String($0)) } ?? ""
            let before = item["replaces"]?.string.map { ", not \(Words.spoken($0))" } ?? ""
            return Tile(
                name: Words.label(name), path: noun.page("new", query: [(start.field, name)]),
                sentence: item["asks"]?.string ?? "", value: .text("fits: \(grant)\(before)"))
        }
        var content = Content("New \(noun.one): what is it?", says: operation.says, [.tiles(tiles)])
        content.crumbs = noun.crumbs(visit)
        return content
    }
}
