import AuditTrail
import Core
import Keys
import Storage

/// A row of `authorization_code`.
struct AuthorizationCode: Sendable {
    let hash: [UInt8]
    let client: ClientID
    let user: UserID
    let terms: CodeTerms
    let expiresAt: Timestamp
    /// What it was redeemed for; nil before.
    let family: String?
}

/// The table `authorization_code`.
enum CodeStore {
    static func find(_ hash: [UInt8], in reader: any SQLReader) throws -> AuthorizationCode? {
        try reader.row(
            """
            SELECT client_ref, user_id, scopes, redirect_uri, is_redirect_stated, challenge, nonce, signed_in_at,
                expires_at, family, carried
            FROM authorization_code WHERE hash = $1
            """, [.blob(hash)]
        ).map { row in
            AuthorizationCode(
                hash: hash, client: ClientID(try row.text("client_ref")), user: UserID(try row.text("user_id")),
                terms: CodeTerms(
                    scopes: try row.text("scopes").split(separator: " ").map(String.init),
                    redirectURI: try row.text("redirect_uri"),
                    isRedirectStated: try row.bool("is_redirect_stated"),
                    challenge: try row.optionalText("challenge"), nonce: try row.optionalText("nonce"),
                    signedInAt: Timestamp(epochMilliseconds: try row.int("signed_in_at")),
                    carried: try Carried(stored: row.text("carried"))),
                expiresAt: Timestamp(epochMilliseconds: try row.int("expires_at")),
                family: try row.optionalText("family"))
        }
    }

    static func insert(_ code: AuthorizationCode, in writer: any SQLWriter) throws {
        let terms = code.terms
        try writer.run(
            """
            INSERT INTO authorization_code (hash, client_ref, user_id, scopes, redirect_uri, is_redirect_stated, challenge,
                nonce, signed_in_at, expires_at, carried)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .blob(code.hash), .text(code.client.rawValue), .text(code.user.rawValue),
                .text(terms.scopes.joined(separator: " ")), .text(terms.redirectURI), .bool(terms.isRedirectStated),
                .optional(terms.challenge), .optional(terms.nonce), .int(terms.signedInAt.epochMilliseconds),
                .int(code.expiresAt.epochMilliseconds), .text(terms.carried.stored),
            ])
    }

    /// Uses it up for a family; false when it was used before or has ended. RFC 6749 §4.1.2 (MUST NOT): more than once.
    static func use(_ hash: [UInt8], for family: String, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE authorization_code SET family = $2 WHERE hash = $1 AND family IS NULL AND expires_at > $3",
            [.blob(hash), .text(family), .int(now.epochMilliseconds)]) == 1
    }
}

extension OAuthServer {
    /// Makes a code for what somebody has just allowed; its text leaves after it is on the disk.
    ///
    /// - Returns: nil when the client is no longer what it was when the person looked at it, the session ended, the person has
    ///   taken the yes back, or the pushed request has got its code.
    func makeCode(_ draft: CodeDraft, _ cause: Cause) async throws -> Secret? {
        let text = MachineSecret.new(.authorizationCode, effects)
        var terms = draft.terms
        terms.carried.signedInAt = terms.signedInAt
        let code = AuthorizationCode(
            hash: MachineSecret.hash(text), client: draft.client.id, user: draft.user, terms: terms,
            expiresAt: cause.now.adding(seconds: draft.client.settings.codeSeconds), family: nil)
        let event = AuditEvent(
            .codeIssued, on: draft.client.target, by: cause,
            [
                .user: draft.userName, .scope: draft.terms.scopes.joined(separator: " "),
                .until: code.expiresAt.rfc3339,
            ].merging(draft.terms.carried.noted) { own, _ in own })
        return try await database.write(.change) { [signIns] writer in
            if let session = draft.session, try !signIns.stands(session, in: writer) { return nil }
            let current = try ClientStore.find(draft.client.id.rawValue, in: writer)
            guard let current, current.isActive, current.settings == draft.client.settings,
                draft.terms.scopes.allSatisfy(current.scopes.contains)
            else { return nil }
            let isAllowed = try ConsentStore.covers(
                draft.terms.scopes, draft.terms.carried, of: draft.user, for: current.id, at: cause.now, in: writer)
            guard isAllowed else { return nil }
            if let pushed = draft.pushed, try !PushedStore.use(pushed, in: writer) { return nil }
            try CodeStore.insert(code, in: writer)
            try ClientSessions.note(draft.terms.carried, current.id, draft.user, at: cause.now, in: writer)
            try writer.record(event)
            return text
        }
    }
}
