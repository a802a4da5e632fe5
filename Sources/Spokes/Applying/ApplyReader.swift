import Core
import Documents
import Ports

extension Applying {
    /// Reads `apply` of `set_up`. What a step names must be known by then; every mistake has its line.
    init(_ source: MapReader, for template: SetUp.Template) throws(DocumentProblem) {
        var map = source
        var known: [String: ValueKind] = [:]
        for word in SetUp.Word.allCases where template == .webApp || !word.needsAccount {
            known[word.rawValue] = word.isList ? .array : .string
        }
        if template == .serviceApp { known[Self.publicKey] = .object }
        var credential = JSONObject()
        if let node = map.optionalNode("credential") {
            guard let settings = node.json.object else { throw map.mustBe("credential", "a map of settings") }
            credential = settings
        }
        for part in Self.parts { known[part.rawValue] = .array }
        var derived: [(word: String, text: Template)] = []
        if var inner = try map.optionalMap("with") {
            for member in inner.members {
                guard MapReader.isName(member.key), known[member.key] == nil,
                    let text = Template(try inner.text(member.key))
                else { throw inner.mustBe(member.key, "a new name in lowercase, and text with {words} in it") }
                derived.append((member.key, text))
            }
        }
        var steps: [ApplyStep] = []
        for node in try map.list("steps") {
            for pair in derived where pair.text.inputs.allSatisfy({ known[$0] == .string }) {
                known[pair.word] = .string
            }
            var inner = try MapReader(node, file: map.file, what: "a step of apply")
            let step = try ApplyStep.read(&inner, known)
            guard !steps.contains(where: { $0.key == step.key }) else {
                throw inner.mustBe("step", "a name that no other step has")
            }
            try inner.end()
            if case .thing(let thing) = step.kind {
                for pair in thing.gives {
                    guard known.updateValue(.string, forKey: pair.word) == nil else {
                        throw inner.mustBe("gives", "a map of words that nobody else gives")
                    }
                }
            }
            steps.append(step)
        }
        for pair in derived where known[pair.word] == nil {
            throw map.mustBe("with", "made of known words; {\(Shown.name(pair.word))} never is")
        }
        try map.end()
        (with, self.steps, self.credential) = (derived, steps, credential)
    }
}

extension ApplyStep {
    /// - Parameter known: the words of this place, and what each is.
    fileprivate static func read(
        _ map: inout MapReader, _ known: [String: ValueKind]
    ) throws(DocumentProblem) -> ApplyStep {
        let key = try map.name("step")
        let text = try map.text("says")
        let spoken = Set(SetUp.Word.allCases.filter { !$0.isList && known[$0.rawValue] != nil }.map(\.rawValue))
        guard let says = Template(text), spoken.isSuperset(of: says.inputs) else {
            throw map.mustBe("says", "text in which braces hold one of: \(spoken.sorted().joined(separator: ", "))")
        }
        let needs = try map.optionalWord("needs", as: SetUp.Part.self)
        let isThing = map.members.contains { $0.key == "find" }
        let kind: Kind = isThing ? .thing(try thing(&map, known)) : .items(try items(&map, known))
        return ApplyStep(key: key, says: says, needs: needs, kind: kind)
    }

    private static func thing(_ map: inout MapReader, _ known: [String: ValueKind]) throws(DocumentProblem) -> Thing {
        var find = try map.map("find")
        let request = try call(&find, known, only: .get)
        let list = Pages(items: try find.optionalPointer("items") ?? "", next: try find.optionalPointer("next"))
        let conditions = try equations("where", &find, known)
        try find.end()
        var gives: [(word: String, pointer: String)] = []
        if var inner = try map.optionalMap("gives") {
            for member in inner.members {
                guard MapReader.isName(member.key) else {
                    throw inner.problem(at: member.line, "a word must be lowercase letters, digits and _")
                }
                gives.append((member.key, try inner.pointer(member.key)))
            }
        }
        var after = known
        for pair in gives { after[pair.word] = .string }
        let must = try equations("must", &map, known)
        let keys = try map.optionalPointer("keys")
        var create = try map.map("create")
        let making = try call(&create, known)
        let pointer = try create.optionalPointer("seals")
        try create.end()
        var seals: Seals?
        if let pointer {
            guard gives.contains(where: { $0.word == Applying.clientID }) else {
                throw map.mustBe("gives", "a map with \(Applying.clientID), because the step seals a client's secret")
            }
            var anew = try map.map("seals_anew")
            seals = Seals(pointer: pointer, anew: try call(&anew, after), anewPointer: try anew.pointer("seals"))
            try anew.end()
        }
        if keys != nil {
            guard pointer == nil, gives.contains(where: { $0.word == Applying.clientID }),
                making.inputs.contains(Applying.publicKey)
            else {
                throw map.mustBe(
                    "keys",
                    "of a client that gives \(Applying.clientID), is made with {\(Applying.publicKey)} and seals nothing"
                )
            }
        }
        return Thing(
            find: request, list: list, conditions: conditions, must: must, create: making, gives: gives, seals: seals,
            keys: keys)
    }

    private static func items(_ map: inout MapReader, _ known: [String: ValueKind]) throws(DocumentProblem) -> Items {
        var list = try map.map("list")
        let request = try call(&list, known, only: .get)
        let pages = Pages(items: try list.optionalPointer("items") ?? "", next: try list.optionalPointer("next"))
        let keys = try list.texts("key")
        guard !keys.isEmpty, keys.allSatisfy({ $0.hasPrefix("/") }) else {
            throw list.mustBe("key", "a list of JSON Pointers; the first that an item has counts")
        }
        let id = try list.optionalPointer("id") ?? keys[0]
        let ignored = Set(try list.optionalTexts("ignore") ?? [])
        try list.end()
        let wanted = try value("each", &map, known)
        let otherwise = map.members.contains { $0.key == "otherwise" } ? try value("otherwise", &map, known) : nil
        var withItem = known
        withItem["item"] = .string
        var withID = known
        withID["id"] = .string
        var add = try map.map("add")
        let adding = try call(&add, withItem)
        try add.end()
        var removing: RequestTemplate?
        if var remove = try map.optionalMap("remove") {
            removing = try call(&remove, withID)
            try remove.end()
        }
        return Items(
            list: request, pages: pages, keys: keys, id: id, wanted: wanted, otherwise: otherwise, ignored: ignored,
            add: adding, remove: removing)
    }

    /// A request, whose inputs are the words.
    static func call(
        _ map: inout MapReader, _ known: [String: ValueKind], only method: RequestTemplate.Method? = nil
    ) throws(DocumentProblem) -> RequestTemplate {
        let schema = InputSchema(
            properties: known.sorted { $0.key < $1.key }.map { word, kind in
                .init(
                    name: word, kind: kind, says: "a word", isRequired: true, isSensitive: false, text: .init(),
                    range: 0...0, count: 0...0)
            })
        let request = try RequestTemplate.read(&map, input: schema)
        guard method == nil || request.method == method else {
            throw map.mustBe("request", "a GET: it only looks")
        }
        return request
    }

    /// JSON Pointers, and what must stand there.
    private static func equations(
        _ name: String, _ map: inout MapReader, _ known: [String: ValueKind]
    ) throws(DocumentProblem) -> [(pointer: String, value: JSON)] {
        guard var inner = try map.optionalMap(name) else { return [] }
        var found: [(pointer: String, value: JSON)] = []
        for member in inner.members {
            guard member.key.hasPrefix("/") else {
                throw inner.problem(at: member.line, "\"\(name)\" names places by JSON Pointers that begin with /")
            }
            found.append((member.key, try value(member.key, &inner, known)))
        }
        return found
    }

    private static func value(
        _ name: String, _ map: inout MapReader, _ known: [String: ValueKind]
    ) throws(DocumentProblem) -> JSON {
        let value = try map.node(name).json
        for word in RequestTemplate.inputs(of: value).sorted() where known[word] == nil {
            throw map.problem(at: map.line(of: name), "\"\(name)\" uses {\(Shown.name(word))}, which nobody gives")
        }
        return value
    }
}

extension ResourceForm {
    /// Reads `resources` of `set_up`.
    ///
    /// - Parameters:
    ///   - kinds: the spoke's kinds of resources.
    ///   - searches: the names of its searches.
    static func all(
        _ source: MapReader, kinds: [String], searches: [String]
    ) throws(DocumentProblem) -> [ResourceForm] {
        var map = source
        var found: [ResourceForm] = []
        for member in map.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(at: member.line, "a way to name resources must be lowercase letters, digits and _")
            }
            var inner = try map.map(member.key)
            let kind = try inner.text("of")
            guard kinds.contains(kind) else {
                throw inner.mustBe("of", "one of the spoke's resources: \(kinds.joined(separator: ", "))")
            }
            let text = try inner.text("path")
            guard text.hasPrefix("/"), let path = Template(text), path.inputs == [] || path.inputs == ["id"] else {
                throw inner.mustBe("path", "a path that begins with /, with {id} in it or without")
            }
            let search = try inner.optionalText("search")
            if let search, path.inputs.isEmpty || !searches.contains(search) {
                throw inner.mustBe(
                    "search", "left out for all of a kind, else one of: \(searches.joined(separator: ", "))")
            }
            try inner.end()
            found.append(ResourceForm(word: member.key, kind: kind, path: path, search: search))
        }
        return found
    }
}
