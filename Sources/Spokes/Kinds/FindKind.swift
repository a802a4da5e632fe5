import Core
import Documents
import Ports

/// Reads a list page by page until an item is the one that an input means; answers whether there is one, or what it is.
struct FindKind: ActionKind {
    /// What becomes of the item.
    enum Answer: Sendable {
        /// An output of that name: true or false. The first item that fits ends the search.
        case whether(String)
        /// Its outputs. The search goes on to the list's end, so that two of the same are not taken for one.
        case item(OutputMapping)
    }

    static let word = "find"
    static let isStream = false
    static let onlyReads = true
    let pages: Pages
    /// JSON Pointer into an item, and the input that must equal what stands there.
    let pointer: String
    let input: String
    let answer: Answer

    init(_ map: inout MapReader) throws(DocumentProblem) {
        pages = try Pages(&map)
        var inner = try map.map("where")
        pointer = try inner.pointer("at")
        let equals = try inner.text("equals")
        guard let template = Template(equals), template.parts.count == 1, let name = template.inputs.first else {
            throw inner.mustBe("equals", "one {input}")
        }
        input = name
        try inner.end()
        if map.members.contains(where: { $0.key == "answer" }) {
            answer = .whether(try map.name("answer"))
        } else {
            answer = .item(try OutputMapping(&map))
        }
    }

    var fields: [OutputMapping.Field] {
        switch answer {
        case .whether(let name): [OutputMapping.Field(name: name, pointer: "", kind: .boolean)]
        case .item(let output): output.fields
        }
    }

    var inputs: Set<String> { [input] }

    func run(_ run: ActionRun) async -> ActionOutcome {
        let wanted = run.call.input[input]
        var found: [JSON] = []
        let ended = await pages.walk(run, from: nil, read: read) { page in
            found += page.items.filter { $0.value(at: pointer) == wanted }.prefix(2)
            switch answer {
            case .whether(let name): return found.isEmpty ? nil : Self.done(name, true)
            case .item: return found.count > 1 ? ambiguous(run) : nil
            }
        }
        if let ended { return ended }
        switch answer {
        case .whether(let name): return Self.done(name, false)
        case .item(let output):
            guard let picked = found.first.flatMap(output.pick) else {
                return .failed(
                    reason: "not_found", says: "\(run.spoke.title) has none with this \(input). Correct the step.")
            }
            return .done(picked)
        }
    }

    /// An item as it came, if it holds what it is known by and what is wanted of it.
    private func read(_ item: JSON) -> JSON? {
        guard item.value(at: pointer) != nil else { return nil }
        if case .item(let output) = answer, output.pick(from: item) == nil { return nil }
        return item
    }

    private static func done(_ name: String, _ isSo: Bool) -> ActionOutcome {
        var output = JSONObject()
        output[name] = .bool(isSo)
        return .done(.object(output))
    }

    private func ambiguous(_ run: ActionRun) -> ActionOutcome {
        .failed(
            reason: "ambiguous", says: "\(run.spoke.title) has several with this \(input). Use an id in the step.")
    }
}
