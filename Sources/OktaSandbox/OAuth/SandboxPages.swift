/// The pages that people meet on the way through `/authorize`. Each says that it is a simulation.
enum SandboxPages {
    static func signIn(
        _ asked: AuthorizeRequest, _ org: OktaOrg, ticket: String, name: String, problem: String?
    ) -> SandboxReply {
        let label = org.apps.first { $0.id == asked.appID }?.label ?? ""
        let alert: HTML = problem.map { "<p role=\"alert\">\($0)</p>" } ?? ""
        return page(
            "Sign in", status: 200, back: asked.back.uri,
            """
            <p>to go on to \(label)</p>
            \(alert)
            <form method="post" action="/sandbox/sign-in">
            <input type="hidden" name="ticket" value="\(ticket)">
            <label for="username">Username</label>
            <input id="username" name="username" value="\(name)" autocomplete="username" required>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required>
            <button>Sign in</button>
            </form>
            <p class="note">This is a simulation. Everybody in it has the password <code>\(OktaOrg.trialPassword)</code>; never \
            type a real one.</p>
            """)
    }

    static func consent(_ asked: AuthorizeRequest, _ app: App, _ person: Person, ticket: String) -> SandboxReply {
        page(
            "\(app.label) asks for access", status: 200, back: asked.back.uri,
            """
            <p>as \(person.login), to:</p>
            <ul>
            \(HTML(asked.scopes.map { "<li><code>\($0)</code></li>\n" }))</ul>
            <form method="post" action="/sandbox/consent">
            <input type="hidden" name="ticket" value="\(ticket)">
            <button name="answer" value="allow">Allow access</button>
            <button name="answer" value="deny">Don't allow</button>
            </form>
            <p class="note">This is a simulation; no real account is touched.</p>
            """)
    }

    /// An error that must not be sent to an address that nobody registered.
    static func refused(_ error: OAuthError) -> SandboxReply {
        page(
            "\(error.status) \(error.error)", status: 400, back: nil,
            """
            <p>\(error.description)</p>
            <p class="note">A simulated org answered. Correct the request that brought you here.</p>
            """)
    }

    static let tooLate = page(
        "Begin again", status: 400, back: nil,
        "<p>This page is used up or too old. Go back to the application and sign in again.</p>")

    /// - Parameter back: where a form's answer may lead: browsers apply `form-action` to redirects too.
    private static func page(_ title: HTML, status: Int, back: String?, _ body: HTML) -> SandboxReply {
        let html: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) · Okta sandbox</title>
            <link rel="stylesheet" href="/org.css">
            </head>
            <body class="narrow">
            <main>
            <h1>\(title)</h1>
            \(body)
            </main>
            </body>
            </html>
            """
        let target = back.map { " " + origin($0) } ?? ""
        return SandboxReply(
            status: status,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'\(target); "
                        + "frame-ancestors 'none'"
                ),
                ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
            ], body: Array(html.text.utf8))
    }

    /// Scheme, host and port; of an address that is no web address the scheme alone.
    private static func origin(_ uri: String) -> String {
        let parts = uri.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, parts[2].utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 0x3B }) else {
            return String(uri.prefix { $0 != ":" }.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }) + ":"
        }
        return "\(parts[0])//\(parts[2].prefix { $0 != "?" })"
    }
}
