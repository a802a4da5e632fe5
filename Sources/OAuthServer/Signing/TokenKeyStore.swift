import AuditTrail
import Core
import Keys
import Storage

/// The table `signing_key`.
enum TokenKeyStore {
    /// The newest keys of the algorithms, removed ones too, each algorithm's newest first.
    static func newest(_ algorithms: [JWSAlgorithm], in reader: any SQLReader) throws -> [TokenKey] {
        try algorithms.flatMap { try rows(of: $0, in: reader) }.map(key)
    }

    /// The keys that are not removed, each with its sealed private half.
    static func sealed(
        _ algorithms: [JWSAlgorithm], in reader: any SQLReader
    ) throws -> [(key: TokenKey, sealed: [UInt8])] {
        try algorithms.flatMap { try rows(of: $0, in: reader) }.compactMap { row in
            if case .null = try row.value("sealed") { return nil }
            return (try key(row), try row.blob("sealed"))
        }
    }

    /// The public half of a key that is not removed; nil for any other `kid`.
    static func publicKey(_ id: String, at now: Timestamp, in reader: any SQLReader) throws -> JWSPublicKey? {
        // A thumbprint and nothing else reaches the store.
        guard Base64URL.decode(id)?.count == 32 else { return nil }
        let row = try reader.row(
            "SELECT jwk FROM signing_key WHERE kid = $1 AND (removed_at IS NULL OR removed_at > $2)",
            [.text(id), .int(now.epochMilliseconds)])
        guard let row else { return nil }
        let key = try JWSPublicKey(jwk: try JSON.read(try row.text("jwk")))
        return key.thumbprint == id ? key : nil
    }

    /// False when another hub made the key of that number.
    static func insert(
        _ key: TokenKey, _ publicKey: JWSPublicKey, _ sealed: [UInt8], in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            """
            INSERT INTO signing_key (kid, algorithm, number, jwk, sealed, published_at, active_from)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            [
                .text(key.id), .text(key.algorithm.rawValue), .int(key.number), .text(publicKey.jwk.text()),
                .blob(sealed), .int(key.publishedAt.epochMilliseconds), .int(key.activeFrom.epochMilliseconds),
            ]) == 1
    }

    /// The predecessor of a key retires when that signs, and is removed so many seconds later.
    static func retire(before key: TokenKey, keptSeconds: Int64, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE signing_key SET retired_at = $3, removed_at = $4
            WHERE algorithm = $1 AND number = $2 AND retired_at IS NULL AND removed_at IS NULL
            """,
            [
                .text(key.algorithm.rawValue), .int(key.number - 1), .int(key.activeFrom.epochMilliseconds),
                .int(key.activeFrom.adding(seconds: keptSeconds).epochMilliseconds),
            ])
    }

    /// Ends a key now, unless it ended before, and deletes its private half; false when that is gone already.
    static func remove(_ key: TokenKey, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            UPDATE signing_key SET sealed = NULL,
                retired_at = CASE WHEN retired_at < $2 THEN retired_at ELSE $2 END,
                removed_at = CASE WHEN removed_at < $2 THEN removed_at ELSE $2 END
            WHERE kid = $1 AND sealed IS NOT NULL
            """, [.text(key.id), .int(now.epochMilliseconds)]) == 1
    }

    /// Ends every key; returns how many there were.
    static func removeAll(at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        try writer.run(
            """
            UPDATE signing_key SET sealed = NULL,
                retired_at = CASE WHEN retired_at < $1 THEN retired_at ELSE $1 END,
                removed_at = CASE WHEN removed_at < $1 THEN removed_at ELSE $1 END
            WHERE sealed IS NOT NULL
            """, [.int(now.epochMilliseconds)])
    }

    private static func rows(of algorithm: JWSAlgorithm, in reader: any SQLReader) throws -> [SQLRow] {
        try reader.rows(
            """
            SELECT kid, algorithm, number, sealed, published_at, active_from, retired_at, removed_at FROM signing_key
            WHERE algorithm = $1 ORDER BY number DESC LIMIT $2
            """, [.text(algorithm.rawValue), .int(Int64(Limits.signingKeys.value))])
    }

    private static func key(_ row: SQLRow) throws -> TokenKey {
        guard let algorithm = JWSAlgorithm(rawValue: try row.text("algorithm")) else {
            throw RowProblem(column: "algorithm", what: "names none")
        }
        return TokenKey(
            id: try row.text("kid"), algorithm: algorithm, number: try row.int("number"),
            publishedAt: Timestamp(epochMilliseconds: try row.int("published_at")),
            activeFrom: Timestamp(epochMilliseconds: try row.int("active_from")),
            retiredAt: try row.optionalMoment("retired_at"), removedAt: try row.optionalMoment("removed_at"),
            isSealed: try row.value("sealed") != .null)
    }
}
