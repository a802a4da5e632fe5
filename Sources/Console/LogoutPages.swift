import Core
import Hub
import Ports

/// Where applications send people to sign out (OpenID Connect RP-Initiated Logout 1.0 §2).
struct LogoutPages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            Page(
                "GET", PageRequest.logoutPath, name: "oidc.logout",
                need: .visitor(
                    because: "applications send people here, who are asked unless the application proves it"),
                // A token of the session ends it.
                takesHead: false
            ) { request in
                try reply(try await request.logout(), to: request)
            },
            Page("POST", Path("logout").text, name: "console.logout.answer", need: .signedIn) { request in
                try reply(try await request.answerLogout(), to: request)
            },
        ]
    }

    private func reply(_ step: LogoutStep, to request: PageRequest) throws -> PageReply {
        switch step {
        case .page(let error): throw error
        case .ask(let question):
            var reply = PageReply.html(try page(question, csrf: request.session?.csrfToken ?? ""))
            reply.formAction = question.place?.source
            reply.client = question.client ?? ""
            return reply
        case .out(let address, let client):
            var reply =
                try address.map(PageReply.leaving)
                ?? .html(
                    try frame.alone("You are signed out", says: "You can close this page.", []))
            reply.session = .end
            reply.client = client
            return reply
        }
    }

    private func page(_ question: LogoutQuestion, csrf: String) throws -> String {
        var form = FormView(action: Path("logout"), csrf: csrf, submit: "Sign out", cancel: Path("overview"))
        form.hidden = [.init(name: "query", text: question.query)]
        let place = question.place.map { place in
            Block.facts([Fact(name: "Then on to", value: .code(place.shown))])
        }
        return try frame.alone(
            "Sign out?",
            says: (question.client.map { "The application \($0) asks to sign you out here. " } ?? "")
                + "Other applications that you entered from here may sign you out too.",
            (place.map { [$0] } ?? []) + [.form(form)])
    }
}
