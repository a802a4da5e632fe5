import Core
import Hub

/// Signing in by name and password or by a one-use link, and signing out.
struct SignInPages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            Page("GET", "/console/sign-in", name: "console.sign-in", need: .everyone(because: "here one signs in")) {
                try await page(next: $0.query("next"), to: $0)
            },
            Page(
                "POST", "/console/sign-in", name: "console.sign-in.send", need: .everyone(because: "here one signs in")
            ) {
                try await signIn($0)
            },
            Page("GET", "/console/link", name: "console.link", need: .everyone(because: "a link signs in once")) {
                .html(try linkForm(token: $0.query("token") ?? ""))
            },
            Page("POST", "/console/link", name: "console.link.send", need: .everyone(because: "a link signs in once")) {
                try await redeem($0)
            },
            Page("POST", "/console/sign-out", name: "console.sign-out", need: .signedIn) { request in
                try await request.signOut()
                return .redirect(to: Path("sign-in").text, session: .end)
            },
        ]
    }

    private func signIn(_ request: PageRequest) async throws -> PageReply {
        let user = request.form("user") ?? ""
        let answer = try await request.signIn(user: user, password: Secret(request.form("password") ?? ""))
        switch answer {
        case .begun(let secret):
            return .redirect(to: request.form("next") ?? Path("overview").text, session: .begin(secret))
        case .refused(let error):
            var reply = try await page(next: request.form("next"), user: user, problem: error.message, to: request)
            reply.status = error.kind.status
            return reply
        }
    }

    private func redeem(_ request: PageRequest) async throws -> PageReply {
        switch try await request.redeem(link: Secret(request.form("token") ?? "")) {
        case .begun(let secret): return .redirect(to: Path("overview").text, session: .begin(secret))
        case .refused(let error):
            let title = error.kind == .tooManyRequests ? "Too many sign-ins" : "This link is used up"
            let text = try frame.alone(title, says: error.message, [], link: Link("Sign in", Path("sign-in")))
            return .html(text, status: error.kind.status)
        }
    }

    /// The form, which leads to `next` in the end.
    func page(
        next: String?, user: String = "", says: String? = nil, problem: String? = nil, to request: PageRequest
    ) async throws -> PageReply {
        var name = Input(.line, "user", "User name")
        (name.text, name.isRequired, name.autocomplete) = (user, true, "username")
        var password = Input(.line, "password", "Password")
        (password.type, password.isRequired, password.autocomplete) = ("password", true, "current-password")
        var form = FormView(action: Path("sign-in"), csrf: "", submit: "Sign in")
        form.fields = [name, password]
        form.problem = problem.map { .init(sentence: $0, field: .init(id: name.id)) }
        form.hidden = next.map { [.init(name: "next", text: $0)] } ?? []
        var reply = PageReply.html(try frame.alone("Sign in", says: says, [.form(form)]))
        reply.formAction = try await request.formAction(toward: next)
        return reply
    }

    private func linkForm(token: String) throws -> String {
        var form = FormView(action: Path("link"), csrf: "", submit: "Sign in")
        form.hidden = [.init(name: "token", text: token)]
        return try frame.alone("Sign in", says: "This link signs you in once.", [.form(form)])
    }
}
