import Core

/// What a description says about authentication, in the words of spoke files.
struct OpenAPISecurity: Sendable {
    /// How one scheme is sent.
    enum Way: Equatable, Sendable {
        case oauth
        case basic
        /// A key or a fixed bearer token in a header.
        case header(name: String, prefix: String?)
        /// What no credential can do here, such as a key in the query.
        case other
    }

    /// One way in: the schemes that are needed together, with their scopes.
    typealias Requirement = [(scheme: String, scopes: [String])]

    let schemes: [(name: String, way: Way, json: JSON)]
    /// How many operations each scope stands at.
    private let uses: [String: Int]
    private let root: JSON?

    init(_ api: OpenAPI) throws(Unfit) {
        var found: [(name: String, way: Way, json: JSON)] = []
        for member in api.root.value(at: "/components/securitySchemes")?.object?.members ?? [] {
            let json = try api.resolved(member.value)
            found.append((member.name, Self.way(json), json))
        }
        schemes = found
        root = api.root["security"]
        var uses: [String: Int] = [:]
        for operation in api.operations {
            let scopes = Self.requirements(operation.json["security"] ?? api.root["security"]).joined().flatMap {
                $0.scopes
            }
            for scope in Set(scopes) { uses[scope, default: 0] += 1 }
        }
        self.uses = uses
    }

    /// The OAuth scopes that an operation needs: of its alternatives the one whose scopes open the fewest operations.
    /// Empty where it needs none, or where no alternative is OAuth.
    func scopes(of operation: OpenAPIOperation) -> [String] {
        let ways = requirements(of: operation)
        let byOAuth = ways.map { way in
            way.filter { self.way($0.scheme) == .oauth }.flatMap { $0.scopes }
        }.filter { !$0.isEmpty }
        guard !ways.contains(where: \.isEmpty) else { return [] }
        return byOAuth.min { reach($0) < reach($1) } ?? []
    }

    /// Whether an operation asks for nothing at all.
    func isOpen(_ operation: OpenAPIOperation) -> Bool {
        let ways = requirements(of: operation)
        return ways.isEmpty || ways.contains(where: \.isEmpty)
    }

    /// How an operation can be called: the ways of its alternatives that need one scheme alone.
    func ways(of operation: OpenAPIOperation) -> [Way] {
        requirements(of: operation).compactMap { way in
            way.count == 1 ? self.way(way[0].scheme) : nil
        }
    }

    private func requirements(of operation: OpenAPIOperation) -> [Requirement] {
        Self.requirements(operation.json["security"] ?? root)
    }

    private func reach(_ scopes: [String]) -> Int { scopes.reduce(0) { $0 + (uses[$1] ?? 0) } }

    private func way(_ name: String) -> Way? { schemes.first { $0.name == name }?.way }

    private static func requirements(_ json: JSON?) -> [Requirement] {
        (json?.array ?? []).map { alternative in
            (alternative.object?.members ?? []).map { ($0.name, $0.value.array?.compactMap(\.string) ?? []) }
        }
    }

    private static func way(_ scheme: JSON) -> Way {
        switch (scheme["type"]?.string, scheme["scheme"]?.string?.lowercased(), scheme["in"]?.string) {
        case ("oauth2", _, _), ("openIdConnect", _, _): .oauth
        case ("http", "basic", _): .basic
        case ("http", "bearer", _): .header(name: "authorization", prefix: "Bearer")
        case ("apiKey", _, "header"): .header(name: scheme["name"]?.string ?? "", prefix: nil)
        default: .other
        }
    }

    /// The flow from which a spoke's `oauth` part follows: a person's consent before the client's own.
    var flow: JSON? {
        let flows = schemes.filter { $0.way == .oauth }.compactMap { $0.json["flows"] }
        for name in ["authorizationCode", "clientCredentials"] {
            if let flow = flows.lazy.compactMap({ $0[name] }).first { return flow }
        }
        return nil
    }

    /// All scopes that the description names.
    var declaredScopes: Set<String> {
        Set(flow?["scopes"]?.object?.members.map(\.name) ?? []).union(uses.keys)
    }
}
