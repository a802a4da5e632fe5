import Core
import OktaSandbox

let noon = Timestamp(epochSeconds: 1_790_000_000)
let token = "00aTestToken"
let mara = "mara.lindqvist@acme.example"

extension OktaOrg {
    static func forTests(seed: UInt64 = 7) -> OktaOrg {
        .builtIn(seed: seed, at: noon, baseURL: "http://127.0.0.1:9001/", tokens: [Secret("other"), Secret(token)])
    }

    /// One person per line: login and status.
    static func of(_ people: [(login: String, status: String)]) throws -> OktaOrg {
        let list = people.map { "{\"status\":\"\($0.status)\",\"profile\":{\"login\":\"\($0.login)\"}}" }
        return try .seeded(
            from: Array("[\(list.joined(separator: ","))]".utf8), seed: 1, at: noon, baseURL: "http://okta.test",
            tokens: [Secret(token)])
    }

    mutating func send(
        _ method: String, _ path: String, query: String = "", at now: Timestamp = noon,
        authorization: String? = "SSWS \(token)", more: [(name: String, value: String)] = [], body: String = ""
    ) -> SandboxReply {
        var headers = more
        if let authorization { headers.append(("authorization", authorization)) }
        if method == "POST", !more.contains(where: { $0.name == "no-length" }) {
            headers.append(("content-length", String(body.utf8.count)))
        }
        return respond(
            to: SandboxRequest(method: method, path: path, query: query, headers: headers, body: Array(body.utf8)),
            at: now)
    }

    mutating func user(_ name: String) throws -> JSON { try send("GET", "/api/v1/users/\(name)").json }
    mutating func id(_ name: String) throws -> String { try user(name)["id"]?.string ?? "" }

    /// All groups of a user, page by page.
    mutating func groups(of id: String, limit: Int = 200) throws -> (groups: [JSON], pages: Int) {
        var found: [JSON] = []
        var query = "limit=\(limit)"
        var pages = 0
        while true {
            let reply = send("GET", "/api/v1/users/\(id)/groups", query: query)
            found += try reply.json.array ?? []
            pages += 1
            guard let next = reply.next else { return (found, pages) }
            query = String(next.drop { $0 != "?" }.dropFirst())
        }
    }
}

extension SandboxReply {
    var json: JSON { get throws { try JSON.read(body) } }
    var code: String? { get throws { try json["errorCode"]?.string } }

    func link(_ rel: String) -> String? {
        headers.first { $0.0 == "Link" && $0.1.hasSuffix("; rel=\"\(rel)\"") }
            .map { String($0.1.dropFirst().prefix { $0 != ">" }) }
    }
    var next: String? { link("next") }
}
