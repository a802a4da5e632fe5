import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// What came of signing in to the console.
public enum SessionStart: Sendable {
    /// A session began; this is its secret, which is kept nowhere.
    case begun(Secret)
    /// None began. The outsider is told no more; the audit trail has the reason.
    case refused
    /// Too many from this address or for this name were refused within a minute; nothing was looked at.
    case tooMany
}

extension Identity {
    /// Signs in with name and password; see `checkPassword`. Users for web service access only are refused alike.
    ///
    /// - Parameter address: where the request came from, a network of one caller; refusals are counted by it and by the
    ///   name.
    public func signIn(
        user name: String, password: Secret, from address: String, by cause: Cause
    ) async throws -> SessionStart {
        guard !isSlowedDown(.console, name: name, address, at: cause.now) else { return .tooMany }
        let new = NewSecret(.session, effects)
        let answer = try await checkPassword(user: name, password: password, by: cause) { facts, account, writer in
            guard !facts.isWebServiceOnly else {
                try writer.record(
                    AuditEvent(.signInRefused, on: account.target, by: cause, [.reason: "web_service_only"]))
                return .refused
            }
            try Session.begin(new, of: facts, how: "password", in: writer, by: cause)
            return .accepted(facts)
        }
        guard case .accepted = answer else {
            countRefusal(.console, name: name, address, at: cause.now)
            return .refused
        }
        return .begun(new.secret)
    }

    /// Uses up a one-use sign-in link. Of two at the same moment one gets the session.
    public func redeem(link: Secret, from address: String, by cause: Cause) async throws -> SessionStart {
        guard !isSlowedDown(.console, name: nil, address, at: cause.now) else { return .tooMany }
        let isOurs = link.reveal { MachineSecret.isWellFormed(String(decoding: $0, as: UTF8.self), .signInLink) }
        let hash = MachineSecret.hash(link)
        let new = NewSecret(.session, effects)
        let isBegun: Bool? = try await database.write(.change) { writer in
            let used =
                try isOurs
                ? writer.returning(
                    """
                    UPDATE sign_in_link SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
                    RETURNING user_id
                    """, [.blob(hash), .int(cause.now.epochMilliseconds)]) : []
            guard let id = try used.first?.text("user_id") else { return nil }
            let user = try Identity.facts(id, at: cause.now, in: writer)
            guard let user, user.isActive, !user.isLocked, !user.isWebServiceOnly else {
                let why = user?.isWebServiceOnly == true ? "web_service_only" : "locked_or_inactive"
                try writer.record(
                    AuditEvent(
                        .signInRefused, on: .init("user", id: id, name: user?.name ?? id), by: cause, [.reason: why]))
                return false
            }
            try Session.begin(new, of: user, how: "link", in: writer, by: cause)
            return true
        }
        if isBegun == true { return .begun(new.secret) }
        if isBegun == nil { try await sum("no_link", by: cause) }
        countRefusal(.console, name: nil, address, at: cause.now)
        return .refused
    }

    /// Makes a one-use sign-in link for a user; its secret, once, and when it ends.
    ///
    /// Throws `HubError`: `notFound` for an unknown user, `conflict` for one who may not sign in.
    public func makeLink(user idOrName: String, by cause: Cause) async throws -> (secret: Secret, until: Timestamp) {
        let new = NewSecret(.signInLink, effects)
        let until = cause.now.adding(seconds: Int64(Limits.signInLinkSeconds.value))
        try await database.write(.change) { writer in
            let user = try User.find(idOrName, in: writer)
            guard user.maySignIn else {
                throw HubError(
                    .conflict, "may_not_sign_in",
                    "The user is switched off, locked, or for web service access only. Change that first.")
            }
            try writer.run(
                "INSERT INTO sign_in_link (hash, user_id, expires_at, used_at) VALUES ($1, $2, $3, NULL)",
                [.blob(new.hash), .text(user.id.rawValue), .int(until.epochMilliseconds)])
            try writer.record(
                AuditEvent(.signInLinkMade, on: user.target, by: cause, [.until: until.rfc3339]))
        }
        return (new.secret, until)
    }

    /// Ends a session because its user signs out.
    public func signOut(_ session: SessionID, by cause: Cause) async throws {
        _ = try await database.write(.change) { writer in
            try Session.end(session.rawValue, "signed_out", in: writer, by: cause)
        }
    }

    /// Deletes what ended more than `Limits.endedSessionSeconds` ago, at most so many of each; returns how many.
    public func sweepSessions(at now: Timestamp, most: Int) async throws -> Int {
        let end = now.adding(seconds: -Int64(Limits.endedSessionSeconds.value)).epochMilliseconds
        return try await database.write(.bookkeeping("ended sessions and links leave")) { writer in
            let sessions = try writer.run(
                """
                DELETE FROM user_session WHERE id IN (
                    SELECT id FROM user_session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                """, [.int(end), .int(Int64(most))])
            let links = try writer.run(
                """
                DELETE FROM sign_in_link WHERE hash IN (
                    SELECT hash FROM sign_in_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                """, [.int(end), .int(Int64(most))])
            return sessions + links
        }
    }
}
