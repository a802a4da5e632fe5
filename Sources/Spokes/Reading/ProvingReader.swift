import Core
import Documents

extension Proving {
    /// Reads `proving`: `facts`, each written as an action is and with its `removal`, and `families` with their probes.
    ///
    /// - Parameter forms: how resources are named that somebody may choose; a probe may read one.
    static func read(
        _ source: MapReader, inputs: SharedInputs, sources: [String: String], actions: [Action], forms: [ResourceForm]
    ) throws(DocumentProblem) -> Proving {
        var map = source
        var facts: [ProviderFact: Fact] = [:]
        if var inner = try map.optionalMap("facts") {
            for member in inner.members {
                guard let fact = ProviderFact(rawValue: member.key) else {
                    let known = ProviderFact.allCases.map(\.rawValue).joined(separator: ", ")
                    throw map.problem(at: member.line, "there is no fact \(Shown.name(member.key)); known: \(known)")
                }
                facts[fact] = try Self.fact(fact, try inner.map(member.key), inputs: inputs, sources: sources)
            }
        }
        var families: [Family] = []
        if var inner = try map.optionalMap("families") {
            for member in inner.members {
                families.append(try family(member.key, try inner.map(member.key), actions, forms))
            }
        }
        try map.end()
        return Proving(facts: facts, families: families)
    }

    private static func fact(
        _ fact: ProviderFact, _ source: MapReader, inputs: SharedInputs, sources: [String: String]
    ) throws(DocumentProblem) -> Fact {
        let reading = try Action.read(
            source, key: fact.rawValue, inputs: inputs, sources: sources, beside: ["removal"])
        let words = Set(ProvingWord.allCases.map(\.rawValue))
        guard reading.request.method == .get, type(of: reading.kind).isStream == fact.isList,
            fact.outputs.isSubset(of: reading.kind.outputs), words.isSuperset(of: reading.input.properties.map(\.name))
        else {
            throw source.problem(
                at: source.line,
                "fact \(fact.rawValue) must read by GET, \(fact.isList ? "as a stream" : "as one answer"), answer "
                    + "\(fact.outputs.sorted().joined(separator: ", ")), and take no inputs but "
                    + words.sorted().joined(separator: ", "))
        }
        var map = source
        guard let text = try map.optionalText("removal") else { return Fact(reading: reading, removal: nil) }
        guard let removal = Template(text), words.union(fact.outputs).isSuperset(of: removal.inputs) else {
            throw map.mustBe("removal", "text in which braces hold an output of the fact or one of its inputs")
        }
        return Fact(reading: reading, removal: removal)
    }

    private static func family(
        _ name: String, _ source: MapReader, _ actions: [Action], _ forms: [ResourceForm]
    ) throws(DocumentProblem) -> Family {
        var map = source
        let scopes = Set(try map.texts("scopes"))
        var probes: [Probe] = []
        for node in try map.list("probes") {
            var inner = try MapReader(node, file: map.file, what: "a probe of \(map.what)")
            probes.append(try probe(&inner, actions, forms))
            try inner.end()
        }
        try map.end()
        return Family(name: name, scopes: scopes, probes: probes)
    }

    private static func probe(
        _ map: inout MapReader, _ actions: [Action], _ forms: [ResourceForm]
    ) throws(DocumentProblem) -> Probe {
        let key = try map.name("action")
        guard let action = actions.first(where: { $0.key == key }), action.request.method == .get else {
            throw map.mustBe("action", "an action of this spoke that only reads")
        }
        var with: [(input: String, filler: Probe.Filler)] = []
        if var inner = try map.optionalMap("with") {
            for member in inner.members { with.append((member.key, try filler(member.key, &inner, forms))) }
        }
        let given = Set(with.map(\.input))
        guard given.isSubset(of: action.input.properties.map(\.name)),
            given.isSuperset(of: action.input.properties.filter(\.isRequired).map(\.name))
        else { throw map.mustBe("with", "what \(key) must be given, and nothing that it does not take") }
        return Probe(action: key, with: with)
    }

    private static func filler(
        _ input: String, _ map: inout MapReader, _ forms: [ResourceForm]
    ) throws(DocumentProblem) -> Probe.Filler {
        let text = try map.text(input)
        if let word = ProvingWord(rawValue: text) { return .word(word) }
        let chosen = forms.filter { !$0.isWhole }.map(\.word)
        guard chosen.contains(text) else {
            throw map.mustBe(
                input, "one of: " + (ProvingWord.allCases.map(\.rawValue) + chosen).joined(separator: ", "))
        }
        return .chosen(text)
    }
}
