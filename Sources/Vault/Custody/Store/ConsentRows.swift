import Core
import Storage

/// A row of `consent`: a person was sent to a provider and is expected back. Used once, within ten minutes.
struct Consent: Sendable, Equatable {
    let id: String
    let credentialID: String
    /// Who started it, and alone may end it: a session of the console, or a caller of the API or the command line.
    let starter: String
    let redirectURI: String
    let scopes: [String]
    /// Where the proof key lies in the table `secret`, version 1; what came back lies there as version 2.
    let secretID: String
    /// The hash of the code that the browser's page showed; nil where the browser itself is the starter's.
    let pageHash: [UInt8]?
    /// The provider's refusal, or ours of what came back; nil for a code.
    let refusal: String?
    let expiresAt: Timestamp

    func place(version: Int64) -> SecretPlace { SecretPlace(owner: "consent:\(id)", id: secretID, version: version) }
}

enum ConsentRows {
    static func insert(
        _ consent: Consent, stateHash: [UInt8], at now: Timestamp, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO consent (id, state_hash, credential_id, starter, redirect_uri, scopes, secret_id, tries,
                created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)
            """,
            [
                .text(consent.id), .blob(stateHash), .text(consent.credentialID), .text(consent.starter),
                .text(consent.redirectURI), .text(consent.scopes.joined(separator: " ")), .text(consent.secretID),
                .int(now.epochMilliseconds), .int(consent.expiresAt.epochMilliseconds),
            ])
    }

    static func find(stateHash: [UInt8], in reader: any SQLReader) throws -> Consent? {
        try reader.row(
            """
            SELECT id, credential_id, starter, redirect_uri, scopes, secret_id, page_hash, refusal, expires_at
            FROM consent WHERE state_hash = $1
            """, [.blob(stateHash)]
        ).map(Consent.init)
    }

    static func find(_ id: String, in reader: any SQLReader) throws -> Consent? {
        try reader.row(
            """
            SELECT id, credential_id, starter, redirect_uri, scopes, secret_id, page_hash, refusal, expires_at
            FROM consent WHERE id = $1
            """, [.text(id)]
        ).map(Consent.init)
    }

    /// Uses the state up: true for the one who comes first with it, in time.
    static func comeBack(
        _ stateHash: [UInt8], pageHash: [UInt8]?, refusal: String?, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            """
            UPDATE consent SET returned_at = $2, page_hash = $3, refusal = $4
            WHERE state_hash = $1 AND returned_at IS NULL AND expires_at > $2
            """,
            [
                .blob(stateHash), .int(now.epochMilliseconds), pageHash.map { .blob($0) } ?? .null,
                .optional(refusal),
            ]) == 1
    }

    /// Uses the consent up: true for the one who ends it, in time and after its browser came back.
    static func end(_ consent: Consent, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        guard
            try writer.run(
                "DELETE FROM consent WHERE id = $1 AND returned_at IS NOT NULL AND expires_at > $2",
                [.text(consent.id), .int(now.epochMilliseconds)]) == 1
        else { return false }
        try SecretRows.delete(consent.secretID, in: writer)
        return true
    }

    /// Counts a wrong code; the last one that is allowed voids the consent.
    static func wrongCode(_ consent: Consent, in writer: any SQLWriter) throws {
        let tries = try writer.returning(
            "UPDATE consent SET tries = tries + 1 WHERE id = $1 RETURNING tries", [.text(consent.id)]
        ).first?.int("tries")
        if tries ?? 0 >= Int64(Limits.consentCodes.value) { try void(consent, in: writer) }
    }

    static func void(_ consent: Consent, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM consent WHERE id = $1", [.text(consent.id)])
        try SecretRows.delete(consent.secretID, in: writer)
    }

    /// All of one credential but the newest few.
    static func voidOldest(of credentialID: String, keeping most: Int, in writer: any SQLWriter) throws {
        let all = try writer.rows(
            """
            SELECT id, credential_id, starter, redirect_uri, scopes, secret_id, page_hash, refusal, expires_at
            FROM consent WHERE credential_id = $1 ORDER BY created_at DESC, id LIMIT 100
            """, [.text(credentialID)]
        ).map(Consent.init)
        for consent in all.dropFirst(most) { try void(consent, in: writer) }
    }

    static func deleteAll(of credentialID: String, in writer: any SQLWriter) throws {
        try voidOldest(of: credentialID, keeping: 0, in: writer)
    }

    /// Those that nobody ended in time; how many there were.
    static func sweep(at now: Timestamp, most: Int, in writer: any SQLWriter) throws -> Int {
        let ended = try writer.rows(
            """
            SELECT id, credential_id, starter, redirect_uri, scopes, secret_id, page_hash, refusal, expires_at
            FROM consent WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(most))]
        ).map(Consent.init)
        for consent in ended { try void(consent, in: writer) }
        return ended.count
    }
}

extension Consent {
    fileprivate init(_ row: SQLRow) throws {
        id = try row.text("id")
        credentialID = try row.text("credential_id")
        starter = try row.text("starter")
        redirectURI = try row.text("redirect_uri")
        scopes = try row.text("scopes").split(separator: " ").map(String.init)
        secretID = try row.text("secret_id")
        if case .blob(let bytes) = try row.value("page_hash") { pageHash = bytes } else { pageHash = nil }
        refusal = try row.optionalText("refusal")
        expiresAt = Timestamp(epochMilliseconds: try row.int("expires_at"))
    }
}
