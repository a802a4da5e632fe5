import Core
import Documents
import Ports

extension Spoke {
    /// Reads one spoke file; every mistake has its line.
    ///
    /// - Parameter operations: the table of the provider's operations that is shipped beside the file; nil for none.
    static func read(
        _ bytes: [UInt8], file: String, operations: [ProviderOperation]? = nil
    ) throws(DocumentProblem) -> Spoke {
        let node = try Documents.load(bytes, file: file)
        try Literals.refuse(in: node, file: file)
        var map = try MapReader(node, file: file, what: "the spoke")
        let name = try map.name("spoke")
        let title = try map.text("title")
        let version = try map.int("version")
        let source = try map.text("source")
        guard try map.text("base") == "{connection.url}" else {
            throw map.mustBe("base", "\"{connection.url}\": where the system is belongs in the connection")
        }
        let authentication = try authentication(&map)
        let oauthMap = try map.optionalMap("oauth")
        let (rotation, rotationCalls) = try rotation(&map, authentication)
        var errors = try map.map("errors")
        let errorCode = try errors.pointer("code")
        try errors.end()
        let rateLimit = try rateLimit(&map)
        let reasons = try map.reasons("reasons")
        let inputs = try InputSchema.shared(&map)
        let sources = try sources(&map)
        let resources = try map.optionalTexts("resources") ?? []
        let impliedScopes = try implications("implied_scopes", &map)
        let impliedPermissions = try implications("implied_permissions", &map)
        let setUp = try map.optionalMap("set_up").map { inner throws(DocumentProblem) in
            try SetUp(inner, kinds: resources)
        }
        let provingMap = try map.optionalMap("proving")
        let hookMap = try map.optionalMap("hooks")
        var actionMap = try map.map("actions")
        try map.end()
        var actions: [Action] = []
        for member in actionMap.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(
                    at: member.line, "an action's key must be lowercase letters, digits and _, a letter first")
            }
            let inner = try MapReader(try actionMap.node(member.key), file: file, what: "action \(member.key)")
            actions.append(try Action.read(inner, key: member.key, inputs: inputs, sources: sources))
        }
        guard !actions.isEmpty else { throw map.mustBe("actions", "a map of at least one action") }
        try checkLookUps(actions, map)
        let proving = try provingMap.map { inner throws(DocumentProblem) in
            try Proving.read(
                inner, inputs: inputs, sources: sources, actions: actions, forms: setUp?.resources ?? [])
        }
        let hooks = try hookMap.map { inner throws(DocumentProblem) in try HookRules(inner, actions) }
        let scopes = Set(actions.flatMap(\.scopes)).sorted()
        let oauth = try oauthMap.map { inner throws(DocumentProblem) in try OAuthTemplate.read(inner, scopes: scopes) }
        if authentication.contains(.oauth), oauth == nil {
            throw map.problem(at: map.line(of: "authentication"), "authentication by oauth needs the part \"oauth\"")
        }
        return Spoke(
            name: name, title: title, version: version, source: source, authentication: authentication, oauth: oauth,
            rotation: rotation, rotationCalls: rotationCalls, errorCode: errorCode, rateLimit: rateLimit,
            reasons: reasons, actions: actions,
            resources: resources, impliedScopes: impliedScopes, impliedPermissions: impliedPermissions,
            operations: operations, setUp: setUp, proving: proving ?? .none, hooks: hooks)
    }

    /// `rotation: { api_key_ssws: { add: …, retire: … }, oauth: { add: …, retire: …, calls: …, key_calls: … } }`
    private static func rotation(
        _ map: inout MapReader, _ ways: [Authentication]
    ) throws(DocumentProblem) -> ([Authentication: RotationGuide], [ClientProof: SecretCalls]) {
        guard var inner = try map.optionalMap("rotation") else { return ([:], [:]) }
        var found: [Authentication: RotationGuide] = [:]
        var calls: [ClientProof: SecretCalls] = [:]
        for member in inner.members {
            guard let way = Authentication(rawValue: member.key), ways.contains(way) else {
                throw map.problem(
                    at: member.line,
                    "\"\(Shown.name(member.key))\" in \"rotation\" is none of the spoke's authentication")
            }
            var guide = try inner.map(member.key)
            let (add, retire) = (try guide.text("add"), try guide.text("retire"))
            // Their requests name a client, and nothing else has one.
            for proof in way == .oauth ? ClientProof.allCases : [] {
                if let own = try guide.optionalMap(SecretCalls.member(proof)) {
                    calls[proof] = try SecretCalls(own, proof)
                }
            }
            found[way] = RotationGuide(add: add, retire: retire, byItself: way == .oauth ? Set(calls.keys) : [])
            try guide.end()
        }
        return (found, calls)
    }

    /// Names, and what each stands for beside itself.
    private static func implications(
        _ key: String, _ map: inout MapReader
    ) throws(DocumentProblem) -> [String: [String]] {
        guard var inner = try map.optionalMap(key) else { return [:] }
        var found: [String: [String]] = [:]
        for member in inner.members {
            let implied = try inner.texts(member.key)
            guard !implied.contains(where: { $0 == member.key || found[$0]?.contains(member.key) == true }) else {
                throw inner.mustBe(member.key, "a list of others that do not imply it in turn")
            }
            found[member.key] = implied
        }
        return found
    }

    private static func authentication(_ map: inout MapReader) throws(DocumentProblem) -> [Authentication] {
        var ways: [Authentication] = []
        for text in try map.texts("authentication") {
            guard let way = Authentication(rawValue: text) else {
                let known = Authentication.allCases.map(\.rawValue).joined(separator: ", ")
                throw map.mustBe("authentication", "a list of some of: \(known)")
            }
            ways.append(way)
        }
        guard !ways.isEmpty else { throw map.mustBe("authentication", "a list that is not empty") }
        return ways
    }

    /// The documents that permissions cite, by short names.
    private static func sources(_ map: inout MapReader) throws(DocumentProblem) -> [String: String] {
        guard var inner = try map.optionalMap("sources") else { return [:] }
        var found: [String: String] = [:]
        for member in inner.members { found[member.key] = try inner.text(member.key) }
        return found
    }

    private static func rateLimit(_ map: inout MapReader) throws(DocumentProblem) -> RateLimit? {
        guard var inner = try map.optionalMap("rate_limit") else { return nil }
        let limit = RateLimit(
            reset: try inner.text("reset"), at: try inner.text("at"), limit: try inner.optionalText("limit"),
            remaining: try inner.optionalText("remaining"))
        try inner.end()
        for name in [limit.reset, limit.at, limit.limit, limit.remaining].compactMap({ $0 })
        where name != name.lowercased() {
            throw map.mustBe("rate_limit", "header names in lowercase")
        }
        return limit
    }

    private static func checkLookUps(_ actions: [Action], _ map: MapReader) throws(DocumentProblem) {
        for action in actions {
            guard let lookUp = action.lookUp else { continue }
            guard let other = actions.first(where: { $0.key == lookUp.action }), other.request.method == .get,
                !type(of: other.kind).isStream
            else {
                throw map.problem(
                    at: map.line(of: "actions"),
                    "look_up of action \(action.key) must name an action of kind request with method GET")
            }
            let given = Set(lookUp.with.map(\.input))
            let required = Set(other.input.properties.filter(\.isRequired).map(\.name))
            let known = Set(other.input.properties.map(\.name))
            let fits = required.isSubset(of: given) && given.isSubset(of: known)
            guard fits, lookUp.with.allSatisfy({ action.input.property($0.from) != nil }),
                other.kind.outputs.contains(lookUp.output), action.kind.outputs.isEmpty
            else {
                throw map.problem(
                    at: map.line(of: "actions"),
                    "look_up of action \(action.key) must give \(other.key) the inputs it needs from its own, test one "
                        + "of its outputs, and stand at an action without outputs")
            }
        }
    }
}
