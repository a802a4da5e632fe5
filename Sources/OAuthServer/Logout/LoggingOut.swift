public import Core
public import Ports
import Storage

/// RP-initiated logout without its pages (OpenID Connect RP-Initiated Logout 1.0 §2): what a request leads to, and what the
/// person's yes does. Whoever shows the step ends the session.
public struct LoggingOut: Sendable {
    let database: any Database
    let issuer: String
    /// Verifies an ID token of ours that comes back; nil for any other text.
    let hint: @Sendable (_ text: String, _ now: Timestamp) async throws -> IDTokenHint?

    /// What a request leads to.
    ///
    /// - Parameters:
    ///   - query: its pairs in order, repeats too.
    ///   - visitor: nil where nobody is signed in.
    public func open(
        _ query: [(name: String, value: String)], visitor: Authorizing.Visitor?, at now: Timestamp
    ) async throws -> LogoutStep {
        let sent = AuthorizationParameters(pairs: query)
        switch try await read(sent, at: now) {
        case .failure(let refusal): return .page(refusal)
        case .success(let request):
            guard let visitor else {
                // §3 (MUST NOT): without a token of ours nothing shows that the client asks, so nobody is sent on by a
                // link alone.
                return request.hint == nil ? .out(to: nil, client: request.name ?? "") : request.out
            }
            // §2 (MUST): asked, unless the token is of this very session.
            if request.hint?.isOf(visitor) == true { return request.out }
            return .ask(
                LogoutQuestion(
                    client: request.name, place: request.redirectURI.map(RedirectURI.place(of:)),
                    query: PercentEncoding.query(sent.pairs)))
        }
    }

    /// What the person's yes leads to.
    public func answer(_ query: [(name: String, value: String)], at now: Timestamp) async throws -> LogoutStep {
        switch try await read(AuthorizationParameters(pairs: query), at: now) {
        case .failure(let refusal): .page(refusal)
        case .success(let request): request.out
        }
    }
}

/// A request that may be followed.
private struct LogoutRequest: Sendable {
    let client: Client?
    let hint: IDTokenHint?
    /// Registered for the client; nil where none is asked for.
    let redirectURI: String?
    let state: String?

    var name: String? { client?.name }

    var out: LogoutStep { .out(to: location, client: name ?? "") }

    /// §3: with the state as it came.
    private var location: Secret? {
        guard let redirectURI else { return nil }
        guard let state else { return Secret(redirectURI) }
        let mark = redirectURI.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return Secret(redirectURI + mark + PercentEncoding.query([("state", state)]))
    }
}

extension LoggingOut {
    private func read(
        _ sent: AuthorizationParameters, at now: Timestamp
    ) async throws -> Result<LogoutRequest, HubError> {
        guard !["id_token_hint", "client_id", "post_logout_redirect_uri", "state"].contains(where: sent.isRepeated)
        else { return .failure(Self.refused(.client.repeated, "A parameter came more than once.")) }
        var known: IDTokenHint?
        // What we did not sign, or with a key that is removed since, counts as left out: the person is asked.
        if let text = sent["id_token_hint"] { known = try await hint(text, now) }
        let named = sent["client_id"]
        // §2 (MUST): of the same client.
        if let known, let named, !known.clientID.isExactly(named) {
            return .failure(Self.refused(.person.clientDiffers, "The ID token was issued to another application."))
        }
        let client: Client?
        if let id = known?.clientID ?? named, id.utf8.count <= Limits.clientURLBytes.value {
            client = try await database.read { try ClientStore.presented(id, in: $0) }
        } else {
            client = nil
        }
        let asked = sent["post_logout_redirect_uri"]
        // §2, §3 (MUST NOT): to no address but a registered one, byte for byte.
        let registered = client.map { $0.isActive ? $0.settings.openID.postLogoutRedirectURIs : [] } ?? []
        guard asked.map({ asked in registered.contains { $0.isExactly(asked) } }) ?? true else {
            return .failure(
                Self.refused(
                    .person.logoutUnregistered,
                    "The address that the application wants you sent to is not one that is registered for it."))
        }
        return .success(LogoutRequest(client: client, hint: known, redirectURI: asked, state: sent["state"]))
    }

    private static func refused(_ why: RefusalReason, _ what: String) -> HubError {
        HubError(
            .invalid, why,
            "\(what) You are still signed in. Sign out with the button on any page of the hub, or tell whoever runs the "
                + "application the correlation id.")
    }
}

extension IDTokenHint {
    /// Whether it was issued in the session that the visitor is in now.
    fileprivate func isOf(_ visitor: Authorizing.Visitor) -> Bool {
        guard let session, let current = visitor.session else { return false }
        return subject.isExactly(visitor.user.rawValue)
            && session.isExactly(IDToken.mark(of: current.rawValue, for: clientID))
    }
}
