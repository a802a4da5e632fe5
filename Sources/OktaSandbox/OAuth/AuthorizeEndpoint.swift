import Core

/// `GET` and `POST /oauth2/v1/authorize`, and the two pages on the way: sign-in and consent.
enum AuthorizeEndpoint {
    /// What a request without a session, or with the wrong one, is answered with: a page to sign in.
    static func authorize(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(AuthorizeRequest.Refusal) {
            let asked = try AuthorizeRequest(try form(request), org)
            guard let browser = session(request, asked, org, at: now), !asked.prompt.contains(.login) else {
                if asked.prompt.contains(.none) { throw .init(error: .loginRequired, back: asked.back) }
                return signInPage(asked, &org, at: now)
            }
            return try proceed(asked, browser, &org, at: now)
        } catch {
            return error.reply
        }
    }

    /// `POST /sandbox/sign-in`: a person's name and password, for a request that waits.
    static func signIn(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(AuthorizeRequest.Refusal) {
            let form = try form(request)
            guard let ticket = value("ticket", form), let waiting = org.oauth.waiting.item(ticket, at: now) else {
                return SandboxPages.tooLate
            }
            let asked = waiting.request
            let name = value("username", form) ?? ""
            guard let index = org.index(ofLogin: name), org.persons[index].hasPassword(value("password", form) ?? "")
            else { return SandboxPages.signIn(asked, org, ticket: ticket, name: name, problem: "Unable to sign in") }
            org.persons[index].follow(at: now)
            if org.persons[index].status == .passwordExpired {
                throw .init(error: .passwordExpired, back: asked.back)
            }
            guard org.persons[index].status == .active else {
                return SandboxPages.signIn(asked, org, ticket: ticket, name: name, problem: "Unable to sign in")
            }
            _ = org.oauth.waiting.take(ticket, at: now)
            org.persons[index].lastLogin = now
            org.persons[index].sessions += 1
            let browser = OAuthState.Browser(userID: org.persons[index].id, at: now)
            let id = org.oauth.newText("sid")
            org.oauth.browsers.put(browser, under: id, until: now.adding(seconds: OAuthState.browserSeconds), at: now)
            org.note("user.session.start", app: asked.appID, user: browser.userID, at: now)
            var reply = try proceed(asked, browser, &org, at: now)
            reply.headers.append(("Set-Cookie", "sid=\(id); Path=/; HttpOnly; SameSite=Lax"))
            return reply
        } catch {
            return error.reply
        }
    }

    /// `POST /sandbox/consent`: a person's answer.
    static func consent(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(AuthorizeRequest.Refusal) {
            let form = try form(request)
            guard let ticket = value("ticket", form), let waiting = org.oauth.waiting.take(ticket, at: now),
                let browser = waiting.browser
            else { return SandboxPages.tooLate }
            guard value("answer", form) == "allow" else { throw .init(error: .denied, back: waiting.request.back) }
            for scope in waiting.request.scopes {
                org.oauth.consents.insert([browser.userID, waiting.request.appID, scope])
            }
            org.note("app.oauth2.consent.grant", app: waiting.request.appID, user: browser.userID, at: now)
            return code(waiting.request, browser, &org, at: now)
        } catch {
            return error.reply
        }
    }

    /// What comes once somebody is signed in: a refusal, the question for consent, or a code.
    private static func proceed(
        _ asked: AuthorizeRequest, _ browser: OAuthState.Browser, _ org: inout OktaOrg, at now: Timestamp
    ) throws(AuthorizeRequest.Refusal) -> SandboxReply {
        guard let (app, client) = org.client(asked.appID) else { throw .init(error: .unknownClient, back: nil) }
        guard let person = org.persons.first(where: { $0.id == browser.userID }), org.isAssigned(person, to: app)
        else { throw .init(error: .notAssigned, back: asked.back) }
        let open = asked.scopes.filter { !org.oauth.consents.contains([person.id, app.id, $0]) }
        guard asked.prompt.contains(.consent) || (client.requiresConsent && !open.isEmpty) else {
            return code(asked, browser, &org, at: now)
        }
        if asked.prompt.contains(.none) { throw .init(error: .consentRequired(open), back: asked.back) }
        let ticket = org.oauth.newText("")
        org.oauth.waiting.put(
            .init(request: asked, browser: browser), under: ticket,
            until: now.adding(seconds: OAuthState.ticketSeconds), at: now)
        return SandboxPages.consent(asked, app, person, ticket: ticket)
    }

    private static func code(
        _ asked: AuthorizeRequest, _ browser: OAuthState.Browser, _ org: inout OktaOrg, at now: Timestamp
    ) -> SandboxReply {
        let code = org.oauth.newText("")
        org.oauth.codes.put(
            .init(request: asked, browser: browser), under: code,
            until: now.adding(seconds: OAuthState.codeSeconds), at: now)
        org.note("app.oauth2.authorize.code", app: asked.appID, user: browser.userID, at: now)
        return asked.back.reply([("code", code)])
    }

    private static func signInPage(
        _ asked: AuthorizeRequest, _ org: inout OktaOrg, at now: Timestamp
    ) -> SandboxReply {
        let ticket = org.oauth.newText("")
        org.oauth.waiting.put(
            .init(request: asked, browser: nil), under: ticket,
            until: now.adding(seconds: OAuthState.ticketSeconds), at: now)
        return SandboxPages.signIn(asked, org, ticket: ticket, name: asked.loginHint ?? "", problem: nil)
    }

    /// Who is signed in in this browser; nil where the request hints at somebody else.
    private static func session(
        _ request: SandboxRequest, _ asked: AuthorizeRequest, _ org: OktaOrg, at now: Timestamp
    ) -> OAuthState.Browser? {
        let cookies = (request.header("cookie") ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
        guard let id = cookies.first(where: { $0.hasPrefix("sid=") })?.dropFirst(4),
            let browser = org.oauth.browsers.item(String(id), at: now),
            let person = org.persons.first(where: { $0.id == browser.userID }), person.status == .active
        else { return nil }
        if let hint = asked.loginHint, hint.lowercased() != person.login.lowercased() { return nil }
        return browser
    }

    private static func form(_ request: SandboxRequest) throws(AuthorizeRequest.Refusal) -> FormParameters {
        do { return try FormParameters(request.method == "POST" ? request.body : Array(request.query.utf8)) } catch {
            throw .init(error: .malformed, back: nil)
        }
    }

    private static func value(_ name: String, _ form: FormParameters) -> String? {
        form.pairs.first { $0.name == name }?.value
    }
}

extension OktaOrg {
    /// What everybody in a simulated org signs in with until the API sets another password for them.
    public static let trialPassword = "trial-password"

    /// Where the person of that login stands, in whatever case.
    func index(ofLogin login: String) -> Int? {
        let folded = login.lowercased()
        return persons.firstIndex { $0.login.lowercased() == folded }
    }
}

extension Person {
    /// No mail is sent here. Whoever waits for the link in one has followed it with the first sign-in, and keeps the trial
    /// password.
    fileprivate mutating func follow(at now: Timestamp) {
        guard status == .provisioned, password == nil else { return }
        become(.active, at: now)
        password = Password(made: OktaOrg.trialPassword)
        passwordChanged = now
    }

    /// Whether this is the password: the one that was set, or the trial password.
    func hasPassword(_ text: String) -> Bool {
        password?.matches(text) ?? (text == OktaOrg.trialPassword)
    }
}
