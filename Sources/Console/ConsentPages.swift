import Core
import Hub

/// Where providers send browsers back to: `/oauth_redirect.do`, the address that is registered with them.
struct ConsentPages: Sendable {
    let frame: Frame

    /// Anybody may come: the state in the address says whom it is for, and nothing is stored here.
    var all: [Page] {
        [
            Page(
                "GET", "/oauth_redirect.do", name: "console.consent",
                need: .everyone(because: "providers send browsers here; the state says for whom"),
                // The state counts once: whatever only looks at the address must not use it up.
                takesHead: false
            ) { request in
                switch try await request.consentComesBack() {
                case .session(let credential, let consent, let code):
                    let query = [("consent", consent), ("code", code)]
                    return .redirect(to: Path("credentials", credential, "finish", query: query).text)
                case .code(let code, let credential):
                    return .html(
                        try frame.alone(
                            "Go back to the terminal", says: "The provider has answered for credential \(credential).",
                            [
                                .secret(
                                    code,
                                    "Type this code where the consent was begun. If you did not begin it, close this "
                                        + "page: without the code nothing comes of it.")
                            ]))
                case .unknown:
                    return .html(
                        try frame.alone(
                            "Nobody waits for this",
                            says: "This consent was used already, took longer than ten minutes, or was never begun "
                                + "here. Begin it anew.", [], link: Link("Credentials", Path("credentials"))),
                        status: 400)
                }
            }
        ]
    }
}
