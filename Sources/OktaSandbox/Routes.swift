import Core

/// What an operation is called with.
struct Call {
    /// The values of the path's placeholders, decoded, in order.
    let parameters: [String]
    let query: [(name: String, value: String)]
    let body: [UInt8]
    /// The ETag that the caller expects; nil when it sent none.
    let ifMatch: String?
    let now: Timestamp
    /// How far the caller's roles reach for this operation; listings leave out what lies beyond.
    let reach: Reach

    /// The last value of a query parameter; nil when it is missing.
    func query(_ name: String) -> String? { query.last { $0.name == name }?.value }

    /// The body, which must be a JSON object.
    func object() throws(OktaError) -> JSONObject {
        let value: JSON
        do { value = try JSON.read(body) } catch { throw .malformedBody }
        guard let object = value.object else { throw .malformedBody }
        return object
    }

    /// A query parameter that is true or false.
    func flag(_ name: String, standard: Bool) throws(OktaError) -> Bool {
        switch query(name)?.lowercased() {
        case nil: return standard
        case "true": return true
        case "false": return false
        default: throw .validation(name, "\(name): The value must be true or false.")
        }
    }
}

/// What an operation answers.
enum Answer {
    case json(JSON, status: Int = 200, headers: [(String, String)] = [])
    case nothing

    var reply: SandboxReply {
        switch self {
        case .json(let value, let status, let headers):
            SandboxReply(status: status, headers: [("Content-Type", "application/json")] + headers, body: value.bytes)
        case .nothing: SandboxReply(status: 204)
        }
    }
}

/// One operation: method, path and what it does.
struct Route: Sendable {
    let method: String
    let pattern: [String]
    let bucket: RateBucket
    /// The scope and the permission that it takes.
    let need: Need
    let run: @Sendable (_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer

    init(
        _ method: String, _ path: String, _ bucket: RateBucket, _ need: Need,
        _ run: @escaping @Sendable (_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer
    ) {
        self.method = method
        pattern = path.split(separator: "/").map(String.init)
        self.bucket = bucket
        self.need = need
        self.run = run
    }

    /// The operations of one path, and the path's parameters.
    struct Match {
        let routes: [Route]
        let parameters: [String]

        var methods: [String] { routes.map(\.method) }
        func route(_ method: String) -> Route? { routes.first { $0.method == method } }
        func bucket(_ method: String) -> RateBucket? { (route(method) ?? routes.first)?.bucket }
    }

    /// The operations of a raw path; nil when there is no such path. Each segment is decoded once, after the split.
    static func find(_ path: String) -> Match? {
        guard path.hasPrefix("/") else { return nil }
        let raw = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let segments = raw.compactMap { QueryText.decode($0) }
        guard segments.count == raw.count, !segments.contains("") else { return nil }
        let routes = all.filter { route in
            route.pattern.count == segments.count
                && zip(route.pattern, segments).allSatisfy { $0.0 == "{id}" || $0.0 == $0.1 }
        }
        guard let pattern = routes.first?.pattern else { return nil }
        return Match(
            routes: routes, parameters: zip(pattern, segments).filter { $0.0 == "{id}" }.map(\.1))
    }
}
