import Core

/// What a client is graded by. One more rule is one value and its name in `all`.
enum ClientRules {
    static let all: [ClientReport.Rule] = [
        proofKey, implicit, password, redirects, bound, refresh, idle, privilege, proof, confidential, keyed,
        strictlyBound, pushed, codeLife, algorithms,
    ]

    private static func bestPractice(_ section: String) -> String { "RFC 9700 §\(section)" }
    private static func fapi(_ section: String) -> String { "FAPI 2.0 Security Profile §\(section)" }

    private static let noCodes = "It gets no codes."

    private static func hasCodes(_ client: Client) -> Bool {
        client.settings.grants.contains(GrantType.authorizationCode.name)
    }

    private static func secrets(_ client: Client, _ now: Timestamp) -> Int {
        client.settings.isPublic || client.settings.tls.proof != nil ? 0 : client.secrets.count { $0.counts(at: now) }
    }

    private static func boundJudgement(_ client: Client, _ around: ClientReport.Surroundings) -> ClientReport.Judgement
    {
        around.hasBearerTokens
            ? .weak(
                "Its new tokens are bound to a key; bearer tokens from before still work, each until it ends.",
                "Wait for their end, or: linchpin client revoke-tokens \(Shown.argument(client.name))")
            : .good("Its tokens are bound to a key.")
    }

    // MARK: The best current practice, and what both say

    private static let proofKey = ClientReport.Rule(
        "Each code goes with a proof key", bestPractice("2.1.1") + ", " + fapi("5.3.2.2")
    ) { client, _ in
        guard hasCodes(client) else { return .notApplicable(noCodes) }
        return client.settings.withoutPKCE
            ? .bad("It may leave the proof key out.", "Let it send code_challenge, then set without_pkce to false.")
            : .good("The hub refuses a request without code_challenge, and any method but S256.")
    }

    private static let implicit = ClientReport.Rule(
        "No token stands in an address", bestPractice("2.1.2") + ", " + fapi("5.3.2.2")
    ) { client, _ in
        client.settings.grants.contains("implicit")
            ? .bad(
                "It may have tokens sent in the address (implicit).",
                "Let it use authorization_code with a proof key, then take implicit from its grants.")
            : .good("It gets its tokens from the token endpoint alone.")
    }

    private static let password = ClientReport.Rule(
        "Nobody gives it their password", bestPractice("2.4") + ", " + fapi("5.3.2.1")
    ) { client, _ in
        client.settings.grants.contains("password")
            ? .bad(
                "It may take people's passwords (password).",
                "Let people sign in by authorization_code, or let it act as itself by client_credentials; then take "
                    + "password from its grants.")
            : .good("The hub takes no password from it.")
    }

    private static let redirects = ClientReport.Rule(
        "Answers reach it alone", bestPractice("2.1") + ", " + fapi("5.3.2.2")
    ) { client, _ in
        let addresses = client.settings.redirectURIs
        guard !addresses.isEmpty else { return .notApplicable("It has no redirect URI.") }
        guard let open = addresses.first(where: { !RedirectURI.isClaimed($0) }) else {
            return .good("Each redirect URI is https and compared byte for byte.")
        }
        return .weak(
            "An answer to \(RedirectURI.place(of: open).shown) could reach another application on the device, so "
                + "people are asked each time.", "Where the device allows it, claim an https address (RFC 8252 §7.2).")
    }

    private static let bound = ClientReport.Rule("A stolen access token is of no use", bestPractice("2.2.1")) {
        client, around in
        client.settings.bindsTokens
            ? boundJudgement(client, around)
            : .weak(
                "Whoever steals one can use it for up to \(client.tokenSeconds) seconds.",
                "Let it send DPoP proofs, then set requires_dpop to true.")
    }

    private static let refresh = ClientReport.Rule("A stolen refresh token is noticed", bestPractice("2.2.2")) {
        client, _ in
        client.settings.grants.contains(GrantType.refreshToken.name)
            ? .good("Each is replaced when it is used, and one that comes back late ends all that came of it.")
            : .notApplicable("It renews nothing.")
    }

    private static let idle = ClientReport.Rule("What lies unused ends", bestPractice("4.14.2")) { client, _ in
        let settings = client.settings
        guard settings.grants.contains(GrantType.refreshToken.name) else {
            return .notApplicable("It renews nothing.")
        }
        return settings.idleSeconds < settings.refreshSeconds
            ? .good("A refresh token that lies unused ends after \(settings.idleSeconds / 3_600) hours.")
            : .weak(
                "A refresh token may lie unused for \(settings.refreshSeconds / 86_400) days.",
                "Set refresh_idle_seconds, such as 2592000 for 30 days.")
    }

    private static let privilege = ClientReport.Rule(
        "Its tokens may do what it needs and no more", bestPractice("2.3") + ", " + fapi("5.3.2.1")
    ) { client, _ in
        if client.settings.actsForUsers {
            return .weak(
                "It gets tokens for whichever user its assertions name.",
                "Let people allow it by authorization_code, and set acts_for_users to false.")
        }
        guard !client.scopes.contains(ScopeName.userAccount) else {
            return .bad(
                "It holds \(ScopeName.userAccount): its tokens may do whatever their user may.",
                "Let it hold auth scopes for the calls that it makes, then take \(ScopeName.userAccount) away.")
        }
        return client.scopes.isEmpty
            ? .notApplicable("It holds no auth scope, so its tokens may do nothing.")
            : .good("A token carries the auth scopes that were asked for, at most the \(client.scopes.count) it holds.")
    }

    private static let proof = ClientReport.Rule("It proves itself by a key", bestPractice("2.5")) { client, around in
        guard !client.settings.isPublic else { return .notApplicable("It is public, so nothing proves it.") }
        switch (client.settings.isProvedByKey, secrets(client, around.now)) {
        case (true, 0): return .good("It proves itself by a key; nothing is shared.")
        case (true, let count):
            return .weak(
                "Beside its key \(count == 1 ? "a secret works" : "\(count) secrets work").",
                "Take the secrets away: client remove-secret.")
        case (false, 0): return .notApplicable("It has neither a key nor a secret, so it gets no token.")
        case (false, _):
            return .weak("It proves itself by a shared secret.", "Give it jwks, then take its secrets away.")
        }
    }

    // MARK: The FAPI 2.0 Security Profile alone

    private static let confidential = ClientReport.Rule("It can keep a key", fapi("5.3.2.1")) { client, _ in
        client.settings.isPublic
            ? .bad("It is public.", "Give it a server that keeps a key; then set public to false and give jwks.")
            : .good("It is confidential.")
    }

    private static let keyed = ClientReport.Rule("No shared secret proves it", fapi("5.3.2.1")) { client, around in
        guard !client.settings.isPublic else { return .notApplicable("It is public, so nothing proves it.") }
        if secrets(client, around.now) > 0 {
            return .bad("A secret works.", "Give it jwks, then take its secrets away.")
        }
        return client.settings.isProvedByKey
            ? .good("It proves itself by a key.")
            : .notApplicable("It has neither a key nor a secret, so it gets no token.")
    }

    private static let strictlyBound = ClientReport.Rule("Each access token is bound to a key", fapi("5.3.2.1")) {
        client, around in
        client.settings.bindsTokens
            ? boundJudgement(client, around)
            : .bad("It may get bearer tokens.", "Let it send DPoP proofs, then set requires_dpop to true.")
    }

    private static let pushed = ClientReport.Rule("Requests for codes are pushed", fapi("5.3.2.2")) { client, _ in
        guard hasCodes(client) else { return .notApplicable(noCodes) }
        return client.settings.requiresPushedRequests
            ? .good("The hub refuses a request that was not pushed.")
            : .bad(
                "It may send requests in an address.",
                "Let it push them, then set require_pushed_authorization_requests to true.")
    }

    private static let codeLife = ClientReport.Rule("A code lives 60 seconds at most", fapi("5.3.2.1")) {
        client, _ in
        guard hasCodes(client) else { return .notApplicable(noCodes) }
        let seconds = client.settings.codeSeconds
        return seconds <= 60
            ? .good("A code lives \(seconds) seconds.")
            : .bad("A code lives \(seconds) seconds.", "Set code_seconds to 60 or less.")
    }

    private static let algorithms = ClientReport.Rule("It signs by PS256, ES256 or Ed25519", fapi("5.4.1")) {
        client, _ in
        guard let keys = client.settings.jwks?["keys"]?.array else {
            return .notApplicable("It registered no jwks.")
        }
        // An RSA key that says nothing may sign by either.
        return keys.contains { $0["kty"] == "RSA" && $0["alg"] != "PS256" }
            ? .weak("One of its keys may sign by RS256.", "Give it a key on P-256 or Ed25519, or say alg PS256.")
            : .good("None of its keys can sign by RS256.")
    }
}
