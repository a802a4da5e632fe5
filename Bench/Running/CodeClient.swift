import Core
import Foundation
import Ports

/// An application that a person has let in, who is signed in; it may renew what it gets.
struct CodeClient: Sendable {
    let id: String
    let basic: String
    private let cookie: String

    private static let password = "correct horse battery staple"
    /// RFC 7636 Appendix B.
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    private static let form = ["Content-Type": "application/x-www-form-urlencoded"]

    var headers: [String: String] { Self.form.merging(["Authorization": basic]) { $1 } }

    /// Registers it beside the application of `Site.register`, whose scope it holds.
    static func register(at hub: RunningHub, _ site: Site) async throws -> CodeClient {
        try await hub.call("POST", "/users", ["name": "mara"])
        try await hub.call("POST", "/users/mara/set-password", ["password": .string(password)])
        let made = try await hub.call(
            "POST", "/clients",
            [
                "name": "code", "user": "app", "scopes": ["all"], "redirect_uris": ["https://app.example/cb"],
                "grants": ["authorization_code", "refresh_token"],
            ])
        let secret = try await hub.call("POST", "/clients/code/add-secret", [:])
        let id = made["client_id"]?.string ?? ""
        let basic = Data("\(id):\(secret["client_secret"]?.string ?? "")".utf8).base64EncodedString()
        let signedIn = try await site.reply(
            "POST", hub.url + "/console/sign-in", headers: form.merging(["Origin": hub.url]) { $1 },
            body: PercentEncoding.query([("user", "mara"), ("password", password), ("next", "/")]))
        guard let cookie = signedIn.header("set-cookie")?.split(separator: ";").first else {
            throw BenchProblem("nobody is signed in: \(signedIn.status)")
        }
        let client = CodeClient(id: id, basic: "Basic " + basic, cookie: String(cookie))
        try await client.allow(at: hub, site)
        return client
    }

    /// The person's yes, which is remembered.
    private func allow(at hub: RunningHub, _ site: Site) async throws {
        let question = try await site.reply("GET", hub.url + path, headers: ["Cookie": cookie])
        let page = String(decoding: question.body, as: UTF8.self)
        let fields = ["csrf", "query"].map { name in
            let start = page.range(of: "name=\"\(name)\" value=\"")?.upperBound ?? page.endIndex
            return (name: name, value: page[start...].prefix { $0 != "\"" }.replacing("&amp;", with: "&"))
        }
        let back = try await site.reply(
            "POST", hub.url + "/console/consent",
            headers: Self.form.merging(["Origin": hub.url, "Cookie": cookie]) { $1 },
            body: PercentEncoding.query(fields.map { (name: $0.name, value: String($0.value)) }))
        guard back.status == 303 else { throw BenchProblem("no consent: \(back.status)") }
    }

    private var path: String {
        "/oauth2/authorize?response_type=code&scope=all&code_challenge_method=S256&client_id=\(id)"
            + "&code_challenge=\(Self.challenge)"
    }

    /// A refresh token of a new family.
    func refreshToken(at hub: RunningHub, _ site: Site) async throws -> String {
        let answer = try await site.reply("GET", hub.url + path, headers: ["Cookie": cookie])
        let query = answer.header("location")?.split(separator: "?").last ?? ""
        let code = try FormParameters(query.utf8).value("code") ?? ""
        let redeemed = try await site.send(
            "POST", hub.url + "/oauth2/token", headers: headers,
            body: "grant_type=authorization_code&code=\(code)&code_verifier=\(Self.verifier)")
        guard let token = redeemed.json["refresh_token"]?.string else { throw BenchProblem("\(redeemed)") }
        return token
    }
}
