public import Core
import Keys
import Ports

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

    /// States a look.
    public init(_ standing: Standing, clockAhead: Int64?) {
        self.standing = standing
        self.clockAhead = clockAhead
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
        do throws(OutboundFailure) {
            let reply = try await endpoint.post(
                try client(held), url, TokenForm.naming(tokens.access), "look", at(cause))
            return TokenLook(reply, held.settings, at: effects.now())
        } catch {
            let failure = TokenFailure.judge(error)
            return TokenLook(.failed(code: failure.code, passes: failure.passes), clockAhead: nil)
        }
    }

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
