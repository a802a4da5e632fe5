import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// What came of signing in to the console.
public enum SessionStart: Sendable {
    /// A session began; this is its secret, which is kept nowhere.
    case begun(Secret)
    /// The first step was right; hand this proof to `finishSignIn` with a code of the second factor.
    case codeNeeded(Secret)
    /// The first step was right; the user must have a second factor and has none. Hand this proof to `finishEnrolment`
    /// with the first code.
    case enrolmentNeeded(Secret, Enrolment)
    /// None began. The outsider is told no more; the audit trail has the reason.
    case refused
    /// Too many from this address or for this name were refused within a minute; nothing was looked at.
    case tooMany
}

/// Everything that a sign-in may need, made before the transaction.
private struct NewSignIn: Sendable {
    let session: NewSecret
    let proof: NewSecret
    let factor: NewFactor

    init(_ effects: Effects) {
        session = NewSecret(.session, effects)
        proof = NewSecret(.signInProof, effects)
        factor = NewFactor(effects)
    }
}

extension Identity {
    /// Signs in with name and password; see `checkPassword`. Users for web service access only are refused alike.
    ///
    /// - Parameter place: where the request came from; refusals are counted by its address and by the name.
    public func signIn(
        user name: String, password: Secret, at place: SignInPlace, by cause: Cause
    ) async throws -> SessionStart {
        guard !isSlowedDown(.console, name: name, place.address, at: cause.now) else { return .tooMany }
        let new = NewSignIn(effects)
        let start: SessionStart? = try await proved(user: name, password: password, by: cause) {
            facts, account, writer in
            guard !facts.isWebServiceOnly else {
                try writer.record(
                    AuditEvent(.signInRefused, on: account.target, by: cause, [.reason: "web_service_only"]))
                return nil
            }
            if try SecondFactorRows.isSet(facts.id, in: writer) {
                try SignInProof.begin(new.proof, of: facts.id, rest: .code, at: cause.now, in: writer)
                try writer.record(AuditEvent(.signInBegun, on: account.target, by: cause, [.reason: "password"]))
                return .codeNeeded(new.proof.secret)
            }
            try account.settle(in: writer)
            return try self.start(facts, new, at: place, how: "password", in: writer, by: cause)
        }
        if let start { return start }
        countRefusal(.console, name: name, place.address, at: cause.now)
        return .refused
    }

    /// Uses up a one-use sign-in link. Of two at the same moment one gets the session.
    ///
    /// It asks for no code: it is the way in for who lost the second factor too. Who must have one and has none sets it up.
    public func redeem(link: Secret, at place: SignInPlace, by cause: Cause) async throws -> SessionStart {
        guard !isSlowedDown(.console, name: nil, place.address, at: cause.now) else { return .tooMany }
        let isOurs = MachineSecret.isWellFormed(link, .signInLink)
        let hash = MachineSecret.hash(link)
        let new = NewSignIn(effects)
        let start: SessionStart? = try await database.write(.change) { writer in
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
                return .refused
            }
            return try self.start(user, new, at: place, how: "link", in: writer, by: cause)
        }
        switch start {
        case nil: try await sum("no_link", by: cause)
        case .refused?: break
        case let begun?: return begun
        }
        countRefusal(.console, name: nil, place.address, at: cause.now)
        return .refused
    }

    /// A session, or the way to the second factor that the user must have and has not.
    private func start(
        _ user: UserFacts, _ new: NewSignIn, at place: SignInPlace, how: String, in writer: any SQLWriter,
        by cause: Cause
    ) throws -> SessionStart {
        guard secondFactorRule.asks(user.roles), try !SecondFactorRows.isSet(user.id, in: writer) else {
            try Session.begin(new.session, of: user, at: place, how: how, in: writer, by: cause)
            return .begun(new.session.secret)
        }
        _ = try SecondFactorRows.begin(try seal.close(new.factor, of: user.id), of: user.id, at: cause.now, in: writer)
        try SignInProof.begin(new.proof, of: user.id, rest: .enrolment, at: cause.now, in: writer)
        let target = AuditEvent.Target("user", id: user.id.rawValue, name: user.name)
        try writer.record(AuditEvent(.signInBegun, on: target, by: cause, [.reason: how]))
        return .enrolmentNeeded(new.proof.secret, Enrolment(user: user.name, totp: new.factor.totp))
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
        let values: [SQLValue] = [
            .int(now.adding(seconds: -Int64(Limits.endedSessionSeconds.value)).epochMilliseconds), .int(Int64(most)),
        ]
        return try await database.write(.bookkeeping("ended sessions, links and half-open sign-ins leave")) { writer in
            let sessions = try writer.run(
                """
                DELETE FROM user_session WHERE id IN (
                    SELECT id FROM user_session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                """, values)
            let links = try writer.run(
                """
                DELETE FROM sign_in_link WHERE hash IN (
                    SELECT hash FROM sign_in_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                """, values)
            let proofs = try writer.run(
                """
                DELETE FROM sign_in_proof WHERE hash IN (
                    SELECT hash FROM sign_in_proof WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                """, values)
            return sessions + links + proofs
        }
    }
}
