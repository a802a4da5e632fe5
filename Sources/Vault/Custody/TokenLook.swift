public import Core
import Keys
import Ports
import Storage

/// What the provider says of the token that a credential holds now (RFC 7662 §2.2). It needs no scope: the client asks
/// about its own token.
public struct TokenLook: Sendable, Equatable {
    /// What came of asking.
    public enum Standing: Sendable, Equatable {
        /// It counts. Scopes and owner are nil where the provider does not say them.
        case active(scopes: [String]?, owner: String?)
        /// The provider calls it void, though by its end it should count.
        case inactive
        /// There is no token to ask about, or no live one could be had: the stable reason, and what to do.
        case noToken(reason: String, says: String)
        /// The provider has no address for this.
        case notAsked
        /// It refused or broke off: the code of `TokenFailure`. `passes`: it is worth asking again soon.
        case failed(code: String, passes: Bool)
    }

    /// What came of asking.
    public let standing: Standing
    /// By how many seconds the provider's clock is ahead of the hub's; nil when it was not seen.
    public let clockAhead: Int64?
    /// When the refresh token ends by the provider's word; nil where it was not asked or does not say.
    public internal(set) var refreshEnd: Timestamp?

    /// States a look.
    public init(_ standing: Standing, clockAhead: Int64?, refreshEnd: Timestamp? = nil) {
        self.standing = standing
        self.clockAhead = clockAhead
        self.refreshEnd = refreshEnd
    }
}

extension Custodian {
    /// Asks the provider about the present token; fetches a live one first, as a call would.
    ///
    /// Throws what the store throws, and `HubError` for a credential that is none of kind oauth.
    public func look(at idOrName: String, _ cause: Cause) async throws -> TokenLook {
        let before = try await held(idOrName)
        let asked = ResolvedCredential(
            id: CredentialID(before.credential.id), name: before.credential.name, kind: before.credential.kind,
            secret: Secret([]), token: OutsideToken(scopes: []))
        switch try await live(asked, refused: nil, cause) {
        case .live: break
        case .refused(let reason, let says), .later(let reason, let says, _):
            return TokenLook(.noToken(reason: reason, says: says), clockAhead: nil)
        }
        let held = try await held(idOrName)
        guard let url = held.settings.introspectURL, let tokens = try held.tokens(vault.envelope) else {
            return TokenLook(.notAsked, clockAhead: nil)
        }
        var look: TokenLook
        do throws(OutboundFailure) {
            let reply = try await endpoint.post(
                try client(held), url, TokenForm.naming(tokens.access), "look", at(cause))
            look = TokenLook(reply, held.settings, at: effects.now())
        } catch {
            let failure = TokenFailure.judge(error)
            return TokenLook(.failed(code: failure.code, passes: failure.passes), clockAhead: nil)
        }
        if case .active = look.standing { look.refreshEnd = try await refreshEnd(held, tokens, url, cause) }
        return look
    }

    /// When the refresh token ends (RFC 7662 §2.2 `exp`), where no answer with a token said it; kept, so that it is warned
    /// of in time. It is asked for once, and again when the end comes near: some providers move it with each use. Without
    /// an answer what is known stays, as does what was said of the access token.
    private func refreshEnd(
        _ held: Held, _ tokens: TokenSet, _ url: String, _ cause: Cause
    ) async throws -> Timestamp? {
        guard let refresh = tokens.refresh else { return nil }
        let soon = effects.now().adding(seconds: Int64(Limits.credentialWarningDays.value) * 86_400)
        if let known = held.grant.refreshEnd, known >= soon { return known }
        let reply: OutboundReply
        do throws(OutboundFailure) {
            reply = try await endpoint.post(
                try client(held), url, TokenForm.naming(refresh, "refresh_token"), "look", at(cause))
        } catch { return held.grant.refreshEnd }
        guard reply.status == 200, let json = TokenReply.json(reply), json["active"]?.bool == true,
            let seconds = json["exp"]?.int, Self.moments.contains(seconds)
        else { return held.grant.refreshEnd }
        let end = Timestamp(epochSeconds: seconds)
        guard end != held.grant.refreshEnd else { return end }
        try await vault.database.write(.bookkeeping("when a refresh token ends")) { writer in
            try GrantRows.keep(refreshEnd: end, of: held.grant, in: writer)
        }
        return end
    }

    /// From 1970 to the end of the year 9999.
    private static let moments: Range<Int64> = 0..<253_402_300_800

    private func client(_ held: Held) throws(OutboundFailure) -> TokenEndpoint.Client {
        do { return try held.client(vault.envelope) } catch {
            throw .notSent(reason: "key_unusable", says: "the credential's secret does not open.")
        }
    }
}

extension TokenLook {
    init(_ reply: OutboundReply, _ settings: OAuthSettings, at now: Timestamp) {
        let ahead = reply.header("date").flatMap(HTTPDate.read).map { $0.epochSeconds - now.epochSeconds }
        let json = TokenReply.json(reply)
        guard reply.status == 200, let json, let isActive = json["active"]?.bool else {
            let failure = TokenFailure.judge(TokenReply.answer(reply, json))
            self.init(.failed(code: failure.code, passes: failure.passes), clockAhead: ahead)
            return
        }
        let scopes = json["scope"]?.string.map { $0.split(separator: " ").map(String.init).filter(ScopeName.isToken) }
        self.init(
            isActive
                ? .active(scopes: scopes, owner: json.value(at: settings.ownerPointer)?.string) : .inactive,
            clockAhead: ahead)
    }
}

extension TokenFailure {
    /// Whether it says nothing of the grant: a limit, an outage, an answer that got lost.
    fileprivate var passes: Bool {
        switch meaning {
        case .later, .lost: true
        case .dead, .scope, .client, .clock, .setUp: false
        }
    }
}
