import Core

/// Something of a client that a person should look at; it leaves when its cause does.
struct ClientFinding: Sendable, Equatable {
    /// A stable code.
    let reason: String
    let says: String

    init(_ reason: String, _ says: String) {
        self.reason = reason
        self.says = says
    }

    var json: JSON { ["reason": .string(reason), "says": .string(says)] }
}

/// What is looked at. One more is one function and one line in `all`.
enum ClientFindings {
    private static let all: [@Sendable (_ client: Client, _ now: Timestamp) -> ClientFinding?] = [
        withoutPKCE, legacyGrants, everything, grantless, unproved, secrets,
    ]

    /// Those of a client; none of one that is off.
    static func of(_ client: Client, at now: Timestamp) -> [ClientFinding] {
        client.isActive ? all.compactMap { $0(client, now) } : []
    }

    /// RFC 9700 §2.1.1.
    @Sendable private static func withoutPKCE(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        guard client.settings.withoutPKCE else { return nil }
        return ClientFinding(
            "without_pkce",
            "Client \(client.name) may ask for codes without a proof key, so whoever steals a code can use it. "
                + "Let it send code_challenge, then set without_pkce to false.")
    }

    /// RFC 9700 §2.1.2, §2.4.
    @Sendable private static func legacyGrants(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        guard let grant = client.settings.grants.intersection(GrantTypes.all.filter(\.isLegacy).map(\.name)).min()
        else { return nil }
        return ClientFinding(
            "legacy_grant",
            "Client \(client.name) may use the grant type \(grant), which exposes tokens or passwords. "
                + "Let it use authorization_code with a proof key, then take \(grant) from its grants.")
    }

    /// RFC 9700 §2.3.
    @Sendable private static func everything(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        guard client.scopes.contains(ScopeName.userAccount) else { return nil }
        return ClientFinding(
            "holds_everything",
            "Client \(client.name) holds the scope \(ScopeName.userAccount), so its tokens may do whatever their user may. "
                + "Let it hold auth scopes for the calls that it makes, then take \(ScopeName.userAccount) away.")
    }

    /// An API that only asks about tokens needs none.
    @Sendable private static func grantless(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        guard client.settings.grants.isEmpty, !client.settings.introspectsAll else { return nil }
        return ClientFinding(
            "no_grant",
            "Client \(client.name) has no grant type, so it gets no token. "
                + "Name those that it needs: linchpin client update \(Shown.argument(client.name)) --grant GRANT")
    }

    /// A public client needs no proof, nor does one that never comes to the token endpoint (RFC 6749 §4.2).
    @Sendable private static func unproved(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        let settings = client.settings
        guard !settings.isPublic, !settings.isProvedByKey, client.secrets.isEmpty,
            settings.introspectsAll || !settings.grants.subtracting([GrantType.implicit.name]).isEmpty
        else { return nil }
        return ClientFinding(
            "no_proof",
            "Client \(client.name) has neither a secret nor a key, so nothing proves it. "
                + "Make a secret: linchpin client add-secret \(Shown.argument(client.name))")
    }

    @Sendable private static func secrets(_ client: Client, _ now: Timestamp) -> ClientFinding? {
        // Who has a key needs no secret.
        guard !client.settings.isProvedByKey else { return nil }
        return client.settings.secrets.finding(about: client.secrets, of: client.name, at: now)
    }
}
