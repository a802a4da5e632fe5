public import Core
import Keys
import Ports
import Storage

/// Answers questions about tokens (RFC 7662 §2).
public struct IntrospectionEndpoint: Sendable {
    let effects: Effects
    let users: any UserDirectory
    let refreshKey: Secret
    let issuer: @Sendable () -> String
    let signing: SigningKeys
    let desk: ClientDesk
    /// Access tokens that counted when they were read, by their hash, as long as the epoch feed vouches for them.
    let remembered: EpochMemory<[UInt8], Held>

    /// An access token and the name of whom it stands for.
    struct Held: Sendable {
        let token: FoundToken
        let userName: String
    }

    /// What a token may do now; `active: false` and nothing else for one that may do nothing, or is another client's
    /// and this one may not ask about it (RFC 7662 §2.2, §4).
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        // RFC 9701 §4: signed where the caller says so.
        let isSigned = request.takes("application/" + Self.signedType)
        return await desk.respond(to: request, at: now, correlation) { try await answer($0, isSigned: isSigned) }
    }

    private func answer(
        _ visit: ClientDesk.Visit, isSigned: Bool
    ) async throws -> Result<TokenResponse, TokenRefusal> {
        // RFC 7662 §2.1 (MUST): the endpoint requires authorization, which a public client has not.
        guard !visit.client.settings.isPublic else { return .failure(.introspectionNotAllowed) }
        guard let text = visit.form["token"] else { return .failure(.tokenMissing) }
        var members: JSONObject = ["active": false]
        if let known = try await known(text, visit) {
            members = [
                "active": true, "scope": .string(known.scopes.joined(separator: " ")),
                "client_id": .string(known.clientID), "username": .string(known.userName),
                "exp": .int(known.endsAt.epochSeconds),
                "iat": .int(known.issuedAt.epochSeconds), "sub": .string(known.subject),
                "iss": .string(issuer()),
            ]
            let audience = known.carried.audience(of: issuer())
            members["aud"] = audience.count == 1 ? .string(audience[0]) : .texts(audience)
            // RFC 9470 §6.2; RFC 9396 §9.2.
            if let at = known.carried.signedInAt { members["auth_time"] = .int(at.epochSeconds) }
            if !known.carried.details.isEmpty { members["authorization_details"] = .array(known.carried.details) }
            // RFC 7662 §2.2: a type of RFC 6749 §7.1, which a refresh token has not.
            if known.isAccessToken { members["token_type"] = known.boundTo == nil ? "Bearer" : "DPoP" }
            members["cnf"] = Confirmation.json(key: known.boundTo, certificate: known.carried.certificate)
            // RFC 8693 §4.1.
            if let actor = known.carried.actor { members["act"] = .object(actor) }
        }
        guard isSigned else { return .success(.answered(.object(members), visit.client)) }
        return .success(try await signed(members, for: visit.client, at: visit.cause.now))
    }

    /// A token that counts.
    private struct Known: Sendable {
        let clientID: String
        let userName: String
        let subject: String
        let scopes: [String]
        let isAccessToken: Bool
        let boundTo: String?
        let carried: Carried
        let issuedAt: Timestamp
        let endsAt: Timestamp
    }

    private func known(_ text: String, _ visit: ClientDesk.Visit) async throws -> Known? {
        let (asking, now) = (visit.client, visit.cause.now)
        if let token = RefreshToken(text, refreshKey) { return try await known(token, asking, at: now) }
        guard let held = try await held(text, at: now),
            asking.id == held.token.client || asking.settings.introspectsAll, now < held.token.expiresAt
        else { return nil }
        let token = held.token
        return Known(
            clientID: token.clientPublicID, userName: held.userName, subject: token.subject,
            scopes: token.scopes.sorted(), isAccessToken: true, boundTo: token.boundTo, carried: token.carried,
            issuedAt: token.issuedAt, endsAt: token.expiresAt)
    }

    /// An access token that nobody has ended, of a user who may act.
    private func held(_ text: String, at now: Timestamp) async throws -> Held? {
        let look = remembered.look(at: effects.monotonicNanoseconds())
        let hash = Hashing.sha256(Array(text.utf8))
        if let held = look.find(hash) { return held }
        let token = try await desk.database.read { reader in
            try OAuthServer.find(presented: text, at: now, in: reader)
        }
        guard let token, token.stands, let user = try await active(token.user, at: now) else { return nil }
        let held = Held(token: token, userName: user.name)
        look.keep(held, for: hash, restingOn: token.restsOn + [.row("user", id: token.user.rawValue)])
        return held
    }

    private func known(_ token: RefreshToken, _ asking: Client, at now: Timestamp) async throws -> Known? {
        let found = try await desk.database.read { reader -> (RefreshFamily, Client)? in
            guard let family = try FamilyStore.find(token.family, in: reader),
                asking.id == family.client || asking.settings.introspectsAll,
                let client = try ClientStore.find(family.client.rawValue, in: reader), client.isActive,
                client.settings.grants.contains(GrantType.refreshToken.name),
                [.renew, .again].contains(family.meaning(of: token, for: client, at: now))
            else { return nil }
            return (family, client)
        }
        guard let (family, client) = found, let user = try await active(family.user, at: now) else { return nil }
        return Known(
            clientID: client.publicID, userName: user.name, subject: family.user.rawValue,
            scopes: family.scopes.filter(client.scopes.contains), isAccessToken: false, boundTo: family.boundTo,
            carried: family.carried, issuedAt: family.renewedAt,
            endsAt: min(family.endsAt, family.renewedAt.adding(seconds: client.settings.idleSeconds)))
    }

    /// Nil for one who is missing, off or locked. Who may act now goes on to, until a change that the feed tells.
    private func active(_ user: UserID, at now: Timestamp) async throws -> UserFacts? {
        try await users.user(user, at: now).flatMap { $0.isActive && !$0.isLocked ? $0 : nil }
    }
}
