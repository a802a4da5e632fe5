import AuditTrail
import Core
public import Ports
import Storage

extension OAuthServer {
    /// `GET /oauth2/logout`.
    ///
    /// - Parameter issuer: the same as that of `metadata`.
    public func loggingOut(issuer: String) -> LoggingOut {
        LoggingOut(
            database: database, issuer: issuer,
            hint: { [signing] text, now in try await signing.hint(text, issuer: issuer, at: now) })
    }

    /// Ends what ended sessions, old passwords and passwords alone gave, and notes whom to tell. It waits for nobody outside.
    ///
    /// - Returns: how many messages it took; call it again while there are any.
    public func endWhatEnded() async throws -> Int {
        try await takeEndedSessions() + takeNewPasswords() + takeNewSecondFactors()
    }

    /// One turn of back-channel logout (OpenID Connect Back-Channel Logout 1.0): tells clients that are due to be told. Two
    /// hubs may do it at once.
    ///
    /// - Returns: how many notices it took; call it again while there are any.
    public func tellOfLogouts(
        issuer: String, through outbound: any OutboundCalling, log: any TransactionLogging
    ) async throws -> Int {
        let due = try await database.read { [effects] in try LogoutNotices.due(at: effects.now(), in: $0) }
        let channel = BackChannel(
            database: database, effects: effects, signing: signing, issuer: issuer, outbound: outbound, log: log)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for notice in due { group.addTask { try await channel.tell(notice) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    private func takeEndedSessions() async throws -> Int {
        let messages = try await database.read {
            try Outbox.waiting(.sessionEnded, most: Limits.pageRows.value, in: $0)
        }
        for message in messages {
            let cause = Cause(.hub, at: effects.now(), .new(effects))
            try await database.write(.bookkeeping("a session ended; each ended token records its event")) { writer in
                guard try Outbox.take(message, in: writer), let session = message.payload["session"]?.string else {
                    return
                }
                try ClientSessions.end(session, by: cause, in: writer)
            }
        }
        return messages.count
    }

    /// RFC 9700 §4.14.2: what somebody allowed with the password of before ends with it.
    private func takeNewPasswords() async throws -> Int {
        try await take(.passwordSet) { user, message, now, writer in
            guard let moment = message.payload["at"]?.int else { return false }
            // What was allowed since was allowed with the new one.
            return try FamilyStore.endAll(
                by: user, before: Timestamp(epochMilliseconds: moment), at: now, in: writer)
        }
    }

    /// What a password alone gave ends when a password alone is not enough any more.
    private func takeNewSecondFactors() async throws -> Int {
        try await take(.secondFactorSet) { user, _, now, writer in
            try FamilyStore.endAll(by: user, begunBy: .password, at: now, in: writer)
        }
    }

    /// Takes messages about users. Where one ended something, an event with the topic as its reason is recorded.
    private func take(
        _ topic: Outbox.Topic,
        _ end: @escaping @Sendable (UserID, Outbox.Message, Timestamp, any SQLWriter) throws -> Bool
    ) async throws -> Int {
        let messages = try await database.read { try Outbox.waiting(topic, most: Limits.pageRows.value, in: $0) }
        for message in messages {
            let cause = Cause(.hub, at: effects.now(), .new(effects))
            try await database.write(.bookkeeping("a user signs in otherwise; what ends by it records its event")) {
                writer in
                guard try Outbox.take(message, in: writer), let user = message.payload["user"]?.string,
                    try end(UserID(user), message, cause.now, writer)
                else { return }
                let name = message.payload["name"]?.string ?? user
                // All that is remembered of the tokens rests on the user too.
                try writer.record(
                    AuditEvent(
                        .tokenRevoked, on: .init("user", id: user, name: name), by: cause, [.reason: topic.rawValue]))
            }
        }
        return messages.count
    }
}

/// Tells clients that sessions ended (OpenID Connect Back-Channel Logout 1.0 §2.5).
private struct BackChannel: Sendable {
    let database: any Database
    let effects: Effects
    let signing: SigningKeys
    let issuer: String
    let outbound: any OutboundCalling
    let log: any TransactionLogging

    /// Tries once; false when another hub does.
    func tell(_ notice: LogoutNotice) async throws -> Bool {
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        let isOurs = try await database.write(.bookkeeping("a client is told that a session ended")) { writer in
            try LogoutNotices.take(notice, at: cause.now, in: writer)
        }
        guard isOurs else { return false }
        let client = try await database.read { try ClientStore.find(notice.client.rawValue, in: $0) }
        guard let client, client.isActive, let address = client.settings.openID.backchannelLogoutURI else {
            try await drop(notice)
            return true
        }
        if try await send(notice, to: client, at: address, cause) {
            try await drop(notice)
        } else if notice.tries + 1 >= Int64(Limits.logoutTries.value) {
            try await database.write(.change) { writer in
                try LogoutNotices.remove(notice, in: writer)
                try writer.record(
                    AuditEvent(
                        .logoutNotTold, on: client.target, by: cause,
                        [.user: notice.user.rawValue, .session: notice.session]))
            }
        }
        return true
    }

    private func drop(_ notice: LogoutNotice) async throws {
        try await database.write(.bookkeeping("a client knows that a session ended, or needs not")) { writer in
            try LogoutNotices.remove(notice, in: writer)
        }
    }

    /// Whether the client took it (§2.8). What it answers is not read.
    private func send(
        _ notice: LogoutNotice, to client: Client, at address: String, _ cause: Cause
    ) async throws -> Bool {
        let claims = LogoutToken.claims(
            of: notice.session, notice.user, to: client, issuer: issuer, id: ID<LogoutNotice>.new(effects).rawValue,
            at: cause.now)
        // §2.6 (SHOULD): signed as its ID tokens are.
        let token = try await signing.sign(
            claims, type: LogoutToken.type, client.settings.openID.algorithm, at: cause.now)
        let path = StrictURL(address)?.target.split(separator: "?").first.map(String.init) ?? "-"
        var row = Transaction(.outbound, cause.correlation, at: cause.now, method: "POST", path: path)
        row.client = client.name
        row.action = "client \(client.name): logout"
        let began = effects.monotonicNanoseconds()
        do throws(OutboundFailure) {
            // §2.5: a form with this one parameter. No loopback and no private network: the guard of all that goes out.
            row.status = try await outbound.send(
                OutboundRequest(
                    method: "POST", url: address,
                    headers: [("content-type", .plain("application/x-www-form-urlencoded"))], body: nil,
                    sealedBody: Secret("logout_token=" + token), allowsLoopbackHTTP: false)
            ).status
        } catch {
            switch error {
            case .notSent(let reason, _), .unknown(let reason, _): row.reason = reason
            }
        }
        row.microseconds = Int64((effects.monotonicNanoseconds() - began) / 1_000)
        let isTaken = (200..<300).contains(row.status)
        row.outcome = isTaken ? .allowed : .failed
        log.log(row)
        return isTaken
    }
}
