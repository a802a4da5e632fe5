import Core
import Hub
import Ports

/// The authorization endpoint as people see it: signing in on the way, and the question whether an application may.
struct AuthorizePages: Sendable {
    let frame: Frame

    var all: [Page] {
        [PageRequest.authorizePath, "/oauth_auth.do"].map { path in
            Page(
                "GET", path, name: path == PageRequest.authorizePath ? "oauth.authorize" : "oauth.authorize.platform",
                need: .visitor(because: "applications send people here, who sign in on the way"),
                // A remembered consent makes a code.
                takesHead: false
            ) { request in
                try await reply(try await request.authorize(), to: request)
            }
        } + [
            Page("POST", "/console/consent", name: "console.consent.answer", need: .signedIn) { request in
                let step = try await request.answerAuthorization(allows: request.form("refuse") == nil)
                return try await reply(step, to: request)
            }
        ]
    }

    private func reply(_ step: AuthorizationStep, to request: PageRequest) async throws -> PageReply {
        switch step {
        case .page(let error): throw error
        case .leave(let address, let reason, let client):
            var reply = PageReply.leaving(to: address)
            (reply.reason, reply.client) = (reason, client)
            return reply
        case .post(let form, let reason, let client):
            var reply = PageReply.html(try page(form))
            reply.formAction = form.source
            (reply.reason, reply.client) = (reason, client)
            return reply
        case .signIn(let question):
            var reply = try await SignInPages(frame: frame).page(
                next: PageRequest.authorizePath + "?" + question.query, user: question.user ?? "",
                says: "\(question.client) wants to act for you. Sign in to go on.", to: request)
            reply.client = question.client
            return reply
        case .ask(let question):
            var reply = PageReply.html(try page(question, csrf: request.session?.csrfToken ?? ""))
            reply.formAction = try await request.formAction(toward: PageRequest.authorizePath + "?" + question.query)
            reply.client = question.client
            return reply
        }
    }

    private func page(_ form: AnswerForm) throws -> String {
        try frame.alone(
            "Back to \(form.client)", says: "The answer goes to \(form.place).", [.made("form", AnswerFormView(form))])
    }

    private func page(_ question: ConsentQuestion, csrf: String) throws -> String {
        let form = FormView.allowing(Path("consent"), csrf: csrf, of: .init(name: "query", text: question.query))
        let scopes = question.scopes.map { Fact(name: $0.name, value: .text($0.says)) }
        let details = question.details.map { Fact(name: $0.what, value: .text($0.on)) }
        let place = [
            Fact(name: "Signed in as", value: .text(question.user)),
            Fact(name: "The answer goes to", value: .code(question.place)),
        ]
        // RFC 8707 §2: whom the tokens are for, where that is not this hub alone.
        let resources = question.resources.map { Fact(name: "To be used at", value: .code($0)) }
        return try frame.alone(
            "Allow \(question.client)?",
            says: "The application \(question.client) asks to act for you, with your rights and within these scopes.",
            [Block.facts(scopes).titled("Scopes")]
                + (details.isEmpty ? [] : [Block.facts(details).titled("Only for")])
                + [Block.facts(place + resources).titled("Who and where"), .form(form)])
    }
}

/// The model of `form` for one that leads to a client, with nothing in it but the answer. The page's script sends it by
/// itself; without one there is the button.
private struct AnswerFormView: Sendable {
    let action: String
    let hidden: [FormView.Hidden]
    let submit = "Go on"
    let weight = "main"
    let isSent = true

    init(_ form: AnswerForm) {
        action = form.action
        hidden = form.fields.map { FormView.Hidden(name: $0.name, text: $0.value.shownOnce) }
    }
}
