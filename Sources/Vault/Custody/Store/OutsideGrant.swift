import Core
import Storage

/// A row of `outside_grant`: what a provider lets one credential do, as far as the hub knows.
struct OutsideGrant: Sendable, Equatable {
    /// Whether the account behind the tokens is known.
    enum OwnerProof: String, Sendable, CaseIterable {
        /// There is no account behind them: the client acts for itself.
        case none
        /// The provider named it, and it is the expected one.
        case proved
        /// The provider does not say whose token it is, or nobody was expected.
        case notProved = "not_proved"
    }

    let credentialID: String
    var state = GrantState()
    /// What the provider granted, in its order; nil before the first token.
    var scopes: [String]?
    var owner: String?
    var ownerProof = OwnerProof.none
    /// Where its token sets lie in the table `secret`; the version is the generation.
    let secretID: String
    /// When the refresh token ends, as the provider stated it.
    var refreshEnd: Timestamp?
    /// The code of the last failure; nil after a success.
    var refusal: String?
    var refusedAt: Timestamp?

    /// What the token set of a generation is sealed for.
    func place(generation: Int64) -> SecretPlace {
        SecretPlace(owner: "grant:\(credentialID)", id: secretID, version: generation)
    }

    /// Which scopes are wanted here and were not granted.
    func lacking(of wanted: [String]) -> [String] {
        guard let scopes else { return [] }
        return wanted.filter { !scopes.contains($0) }
    }
}

/// The tables `outside_grant` and `refresh_intent`.
enum GrantRows {
    static func find(_ credentialID: String, in reader: any SQLReader) throws -> OutsideGrant? {
        try reader.row(
            """
            SELECT credential_id, state, generation, has_refresh_token, issued_at, stated_end, observed_life, rotates,
                failures, retry_at, scopes, owner, owner_proof, secret_id, refresh_end, refusal, refused_at
            FROM outside_grant WHERE credential_id = $1
            """, [.text(credentialID)]
        ).map(OutsideGrant.init)
    }

    /// Those whose token is to be fetched anew by now, and those of which an intent was left behind, the earliest first;
    /// none whose tokens went by more than the plain way while no connection is left that knows it.
    static func waiting(at now: Timestamp, most: Int, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            """
            SELECT credential_id, due_at FROM outside_grant JOIN credential ON credential.id = credential_id
            WHERE due_at <= $1 AND active = 1 AND (guarded = 0 OR EXISTS (
                SELECT 1 FROM connection_credential used WHERE used.credential_id = credential.id))
            ORDER BY due_at, credential_id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(most))]
        ).map { try $0.text("credential_id") }
            + (try reader.rows(
                """
                SELECT refresh_intent.credential_id FROM refresh_intent
                    JOIN outside_grant ON outside_grant.credential_id = refresh_intent.credential_id
                    LEFT JOIN lease ON lease.name = 'custody/' || refresh_intent.credential_id
                WHERE outside_grant.state NOT IN ('in_doubt', 'dead') AND COALESCE(lease.until, 0) <= $1
                    AND (guarded = 0 OR EXISTS (
                        SELECT 1 FROM connection_credential used
                        WHERE used.credential_id = refresh_intent.credential_id))
                ORDER BY begun_at, refresh_intent.credential_id LIMIT $2
                """, [.int(now.epochMilliseconds), .int(Int64(most))]
            ).map { try $0.text("credential_id") })
    }

    static func keep(
        _ grant: OutsideGrant, _ policy: RefreshPolicy, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let state = grant.state
        try writer.run(
            """
            INSERT INTO outside_grant (credential_id, state, generation, has_refresh_token, issued_at, stated_end,
                observed_life, rotates, failures, retry_at, scopes, owner, owner_proof, secret_id, refresh_end, refusal,
                refused_at, due_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            ON CONFLICT (credential_id) DO UPDATE SET state = excluded.state, generation = excluded.generation,
                has_refresh_token = excluded.has_refresh_token, issued_at = excluded.issued_at,
                stated_end = excluded.stated_end, observed_life = excluded.observed_life, rotates = excluded.rotates,
                failures = excluded.failures, retry_at = excluded.retry_at, scopes = excluded.scopes,
                owner = excluded.owner, owner_proof = excluded.owner_proof, refresh_end = excluded.refresh_end,
                refusal = excluded.refusal, refused_at = excluded.refused_at, due_at = excluded.due_at,
                updated_at = excluded.updated_at
            """,
            [
                .text(grant.credentialID), .text(state.word.rawValue), .int(state.generation),
                .bool(state.hasRefreshToken), .moment(state.issuedAt), .moment(state.statedEnd),
                .optional(state.observedLife), .bool(state.rotates), .int(state.failures), .moment(state.retryAt),
                .optional(grant.scopes?.joined(separator: " ")), .optional(grant.owner),
                .text(grant.ownerProof.rawValue), .text(grant.secretID), .moment(grant.refreshEnd),
                .optional(grant.refusal), .moment(grant.refusedAt), .moment(state.lookedAt(policy)),
                .int(now.epochMilliseconds),
            ])
        try writer.announce(.row("credential", id: grant.credentialID), at: now)
    }

    /// What the provider says of the end of that generation's refresh token; nothing where a newer one was stored.
    static func keep(refreshEnd end: Timestamp, of grant: OutsideGrant, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE outside_grant SET refresh_end = $1 WHERE credential_id = $2 AND generation = $3",
            [.int(end.epochMilliseconds), .text(grant.credentialID), .int(grant.state.generation)])
    }

    /// What was refused under other settings or another secret may be tried at once.
    static func tryAgain(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE outside_grant SET retry_at = NULL, failures = 0, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE 0 END
            WHERE credential_id = $1 AND retry_at IS NOT NULL
            """, [.text(credentialID)])
    }

    /// The loop does not look at it before that moment.
    static func putOff(_ credentialID: String, until moment: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE outside_grant SET due_at = $2 WHERE credential_id = $1 AND due_at < $2",
            [.text(credentialID), .int(moment.epochMilliseconds)])
    }

    static func delete(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM outside_grant WHERE credential_id = $1", [.text(credentialID)])
        try writer.run("DELETE FROM refresh_intent WHERE credential_id = $1", [.text(credentialID)])
        try writer.run("DELETE FROM lease WHERE name = $1", [.text(GrantStore.lease(credentialID))])
    }

    // MARK: Intents

    static func intent(_ credentialID: String, in reader: any SQLReader) throws -> RefreshIntent? {
        try reader.row(
            """
            SELECT generation, fence, because, begun_at, attempts FROM refresh_intent
            WHERE credential_id = $1 ORDER BY generation DESC LIMIT 1
            """, [.text(credentialID)]
        ).map { row in
            guard let because = RefreshIntent.Cause(rawValue: try row.text("because")) else {
                throw RowProblem(column: "because", what: "is no cause of an intent")
            }
            return RefreshIntent(
                generation: try row.int("generation"), fence: try row.int("fence"), because: because,
                begunAt: Timestamp(epochMilliseconds: try row.int("begun_at")), attempts: try row.int("attempts"))
        }
    }

    /// Writes an intent, or takes over the one that stands there with a lower fence; false when neither is possible.
    static func write(_ intent: RefreshIntent, _ credentialID: String, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO refresh_intent (credential_id, generation, fence, because, begun_at, attempts)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (credential_id, generation) DO UPDATE SET fence = excluded.fence, attempts = excluded.attempts
            WHERE refresh_intent.fence < excluded.fence
            """,
            [
                .text(credentialID), .int(intent.generation), .int(intent.fence), .text(intent.because.rawValue),
                .int(intent.begunAt.epochMilliseconds), .int(intent.attempts),
            ]) == 1
    }

    /// Takes all intents of a credential away: whoever is still at one of them comes too late.
    static func endAll(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM refresh_intent WHERE credential_id = $1", [.text(credentialID)])
    }

    static func end(_ intent: RefreshIntent, _ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            "DELETE FROM refresh_intent WHERE credential_id = $1 AND generation = $2 AND fence = $3",
            [.text(credentialID), .int(intent.generation), .int(intent.fence)])
    }
}

extension GrantState {
    /// When the loop looks at it next; nil for never.
    func lookedAt(_ policy: RefreshPolicy) -> Timestamp? {
        guard word == .held, policy.canRenew(self), let due = dueAt(jitter: policy.jitter) else { return nil }
        return retryAt.map { max($0, due) } ?? due
    }
}

extension OutsideGrant {
    init(_ row: SQLRow) throws {
        guard let word = GrantState.Word(rawValue: try row.text("state")),
            let proof = OwnerProof(rawValue: try row.text("owner_proof"))
        else { throw RowProblem(column: "state", what: "is no state of a grant") }
        credentialID = try row.text("credential_id")
        state = GrantState(
            word: word, generation: try row.int("generation"), hasRefreshToken: try row.bool("has_refresh_token"),
            issuedAt: try row.optionalMoment("issued_at"), statedEnd: try row.optionalMoment("stated_end"),
            observedLife: try row.optionalInt("observed_life"), rotates: try row.bool("rotates"),
            failures: try row.int("failures"), retryAt: try row.optionalMoment("retry_at"))
        scopes = try row.optionalText("scopes")?.split(separator: " ").map(String.init)
        owner = try row.optionalText("owner")
        ownerProof = proof
        secretID = try row.text("secret_id")
        refreshEnd = try row.optionalMoment("refresh_end")
        refusal = try row.optionalText("refusal")
        refusedAt = try row.optionalMoment("refused_at")
    }
}
