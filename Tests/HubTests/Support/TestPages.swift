import Core
import Outbound
import Ports

@testable import Hub

/// The few pages that the tests of sessions need; the console has its own.
enum TestPages {
    static let pages = Pages(
        [
            Page("GET", "/console", name: "console.home", need: .signedIn) { request in
                .html("home of \(request.principal?.userName ?? "-") csrf=\(request.session?.csrfToken ?? "-")")
            },
            Page("POST", "/console/note", name: "console.note", need: .signedIn) { request in
                .html("noted \(request.form("text") ?? "-") and \(request.form.count) more")
            },
            Page("GET", "/console/users", name: "console.user.list", need: .operation("user.list")) { request in
                .html(try await request.perform("user.list").description)
            },
            Page("POST", "/console/users", name: "console.user.create", need: .signedIn) { request in
                .html(
                    try await request.perform(
                        "user.create", input: ["name": .string(request.form("name") ?? "")]
                    ).description)
            },
            Page("POST", "/console/decide", name: "console.approval.decide", need: .signedIn) { request in
                .html(
                    try await request.perform(
                        "approval.decide", id: request.form("id") ?? "",
                        input: ["outcome": .string(request.form("outcome") ?? "")]
                    ).description)
            },
            Page("GET", "/console/sign-in", name: "console.sign-in.form", need: .everyone(because: "test")) { _ in
                .html("sign in")
            },
            Page("POST", "/console/sign-in", name: "console.sign-in", need: .everyone(because: "test")) { request in
                answer(
                    try await request.signIn(
                        user: request.form("user") ?? "", password: Secret(request.form("password") ?? "")),
                    next: request.form("next") ?? "/console")
            },
            Page("POST", "/console/sign-in/code", name: "console.sign-in.code", need: .everyone(because: "test")) {
                request in
                let (proof, code) = (Secret(request.form("proof") ?? ""), Secret(request.form("code") ?? ""))
                switch try await request.finishSignIn(proof: proof, code: code) {
                case .begun(let secret, _): return .redirect(to: "/console", session: .begin(secret))
                case .again(let error), .over(let error): return .html(error.message, status: error.kind.status)
                }
            },
            Page("POST", "/console/grant", name: "console.role-grant.create", need: .signedIn) { request in
                .html(
                    try await request.perform(
                        "role-grant.create",
                        input: ["user": "mara", "role": .string(request.form("role") ?? "")]
                    ).description)
            },
            Page("POST", "/console/prove-again", name: "console.prove-again", need: .signedIn) { request in
                try await request.proveAgain(by: Secret(request.form("proof") ?? ""))
                return .html("proved")
            },
            Page("GET", "/console/link", name: "console.link.form", need: .everyone(because: "test")) { _ in
                .html("a button")
            },
            Page("POST", "/console/link", name: "console.link", need: .everyone(because: "test")) { request in
                answer(try await request.redeem(link: Secret(request.form("token") ?? "")), next: "/console")
            },
            Page("POST", "/console/sign-out", name: "console.sign-out", need: .signedIn) { request in
                try await request.signOut()
                return .redirect(to: "/console/sign-in", session: .end)
            },
        ], signIn: "/console/sign-in"
    ) { failure in
        var page = failure.plain
        if let decision = failure.decision { page.body += Array(decision.description.utf8) }
        return page
    }

    private static func text(_ secret: Secret) -> String { secret.reveal { String(decoding: $0, as: UTF8.self) } }

    private static func answer(_ answer: SignInAnswer, next: String) -> PageReply {
        switch answer {
        case .begun(let secret): return .redirect(to: next, session: .begin(secret))
        case .codeNeeded(let proof): return .html("code proof=\(text(proof))")
        case .enrolmentNeeded(let proof, let secret):
            return .html("enrol secret=\(text(secret.typed)) proof=\(text(proof))")
        case .refused(let error): return .html(error.message, status: error.kind == .tooManyRequests ? 429 : 401)
        }
    }
}

/// A browser with one cookie.
struct TestBrowser: Sendable {
    let hub: TestHub
    var cookie: String
    var csrf: String

    /// Signs in by password; the user is there.
    init(_ hub: TestHub, user: String, password: String) async throws {
        let reply = try await Self.form(hub, "/console/sign-in", ["user": user, "password": password])
        try await self.init(hub, signedIn: reply)
    }

    /// Takes the cookie out of the answer to a sign-in.
    init(_ hub: TestHub, signedIn reply: OutboundReply) async throws {
        self.hub = hub
        cookie = reply.header("set-cookie")?.split(separator: ";").first.map(String.init) ?? "none=none"
        csrf = ""
        let home = try await get("/console").text
        csrf = home.split(separator: "=").last.map(String.init) ?? ""
    }

    func get(_ path: String) async throws -> OutboundReply {
        try await hub.send("GET", path, headers: [("Cookie", cookie)])
    }

    /// A form as a browser sends it from our own page.
    func post(_ path: String, _ fields: [String: String] = [:]) async throws -> OutboundReply {
        var all = fields
        all["csrf"] = csrf
        return try await Self.form(hub, path, all, headers: [("Cookie", cookie)])
    }

    static func form(
        _ hub: TestHub, _ path: String, _ fields: [String: String], headers: [(String, String)] = [],
        origin: String? = nil
    ) async throws -> OutboundReply {
        let body = fields.map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }
        return try await hub.send(
            "POST", path, body: body.joined(separator: "&"), type: "application/x-www-form-urlencoded",
            headers: headers + [("Origin", origin ?? hub.hub.url)])
    }
}
