import Core
import Hub

/// Signing in by name and password or by a one-use link, with a code where there is a second factor, and signing out.
struct SignInPages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            Page("GET", "/console/sign-in", name: "console.sign-in", need: Self.here) {
                try await page(next: $0.query("next"), to: $0)
            },
            Page("POST", "/console/sign-in", name: "console.sign-in.send", need: Self.here) { try await signIn($0) },
            Page("POST", "/console/sign-in/code", name: "console.sign-in.code", need: Self.here) {
                try await finish($0)
            },
            Page("POST", "/console/sign-in/enrol", name: "console.sign-in.enrol", need: Self.here) {
                try await enrol($0)
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

    private static let here = PageNeed.everyone(because: "here one signs in")

    private func signIn(_ request: PageRequest) async throws -> PageReply {
        let user = request.form("user") ?? ""
        let next = request.form("next")
        switch try await request.signIn(user: user, password: Secret(request.form("password") ?? "")) {
        case .begun(let secret):
            return .redirect(to: next ?? Path("overview").text, session: .begin(secret))
        case .codeNeeded(let proof): return try await codeForm(proof, next: next, to: request)
        case .enrolmentNeeded(let proof, let secret): return .html(try enrolForm(proof, secret, next: next))
        case .refused(let error):
            return try await page(next: next, user: user, problem: error.message, to: request).refusing(error)
        }
    }

    private func redeem(_ request: PageRequest) async throws -> PageReply {
        switch try await request.redeem(link: Secret(request.form("token") ?? "")) {
        case .begun(let secret): return .redirect(to: Path("overview").text, session: .begin(secret))
        case .codeNeeded(let proof): return try await codeForm(proof, next: nil, to: request)
        case .enrolmentNeeded(let proof, let secret): return .html(try enrolForm(proof, secret, next: nil))
        case .refused(let error):
            let title = error.kind == .tooManyRequests ? "Too many sign-ins" : "This link is used up"
            let text = try frame.alone(title, says: error.message, [], link: Link("Sign in", Path("sign-in")))
            return .html(text).refusing(error)
        }
    }

    // MARK: The second step

    private func finish(_ request: PageRequest) async throws -> PageReply {
        let proof = Secret(request.form("proof") ?? "")
        let next = request.form("next")
        switch try await request.finishSignIn(proof: proof, code: Secret(request.form("code") ?? "")) {
        case .begun(let secret, _): return .redirect(to: next ?? Path("overview").text, session: .begin(secret))
        case .again(let error):
            return try await codeForm(proof, next: next, problem: error.message, to: request).refusing(error)
        case .over(let error): return try over(error)
        }
    }

    private func enrol(_ request: PageRequest) async throws -> PageReply {
        let proof = Secret(request.form("proof") ?? "")
        let next = request.form("next")
        switch try await request.finishEnrolment(proof: proof, code: Secret(request.form("code") ?? "")) {
        case .begun(let secret, let codes):
            let onward =
                next.flatMap(ReturnPath.init).map { Link("Go on", Path($0)) }
                ?? Link("Go to the overview", Path("overview"))
            var reply = PageReply.html(
                try frame.alone("Keep these codes", says: nil, [FactorBlocks.recovery(codes)], link: onward))
            reply.session = .begin(secret)
            return reply
        case .again(let error):
            guard let secret = try await request.enrolment(proof: proof) else { return try over(error) }
            return .html(try enrolForm(proof, secret, next: next, problem: error.message)).refusing(error)
        case .over(let error): return try over(error)
        }
    }

    private func over(_ error: HubError) throws -> PageReply {
        let text = try frame.alone("Sign in again", says: error.message, [], link: Link("Sign in", Path("sign-in")))
        return .html(text).refusing(error)
    }

    private func codeForm(
        _ proof: Secret, next: String?, problem: String? = nil, to request: PageRequest
    ) async throws -> PageReply {
        var form = FactorBlocks.codeForm(to: Path("sign-in", "code"), csrf: "", submit: "Sign in", problem: problem)
        form.hidden = Self.hidden(proof, next)
        form.cancel = Path("sign-in")
        var reply = PageReply.html(
            try frame.alone(
                "Sign in", says: "Type the code that your authenticator app shows now, or a recovery code.",
                [.form(form)]))
        reply.formAction = try await request.formAction(toward: next)
        return reply
    }

    /// What the second step carries: the proof of the first, and where to go on.
    private static func hidden(_ proof: Secret, _ next: String?) -> [FormView.Hidden] {
        [.init(name: "proof", text: proof.shownOnce)] + (next.map { [.init(name: "next", text: $0)] } ?? [])
    }

    private func enrolForm(
        _ proof: Secret, _ secret: FactorSecret, next: String?, problem: String? = nil
    ) throws -> String {
        var form = FactorBlocks.codeForm(to: Path("sign-in", "enrol"), csrf: "", submit: "Sign in", problem: problem)
        form.hidden = Self.hidden(proof, next)
        form.cancel = Path("sign-in")
        return try frame.alone(
            "Set up your second factor",
            says: "This hub asks for one. Add the secret to an authenticator app, then type the code that it shows.",
            FactorBlocks.secret(secret) + [.form(form)])
    }

    // MARK: The first

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
