import Core
import Keys
import Storage

/// An authorization request that a client pushed: a row of `pushed_request`.
struct PushedRequest: Sendable {
    let hash: [UInt8]
    let client: ClientID
    /// Its parameters without credentials.
    let query: String
    /// Whether they stood in a request object (RFC 9101 §4).
    let isSigned: Bool
    /// Until when a browser must bring it.
    let expiresAt: Timestamp

    /// RFC 9126 §2.2: what follows is the reference.
    private static let prefix = "urn:ietf:params:oauth:request_uri:"

    /// The `request_uri` for a reference that was made.
    static func uri(_ reference: Secret) -> String {
        prefix + reference.reveal { String(decoding: $0, as: UTF8.self) }
    }

    /// The hash of the reference in a `request_uri`; nil for one that is not of a pushed request.
    static func hash(of uri: String) -> [UInt8]? {
        guard uri.utf8.starts(with: prefix.utf8) else { return nil }
        let reference = String(Substring(uri.utf8.dropFirst(prefix.utf8.count)))
        return MachineSecret.isWellFormed(reference, .pushedRequest) ? MachineSecret.hash(Secret(reference)) : nil
    }
}

/// The table `pushed_request`.
enum PushedStore {
    static func find(_ hash: [UInt8], in reader: any SQLReader) throws -> PushedRequest? {
        try reader.row(
            "SELECT client_ref, query, is_signed, expires_at FROM pushed_request WHERE hash = $1", [.blob(hash)]
        ).map { row in
            PushedRequest(
                hash: hash, client: ClientID(try row.text("client_ref")), query: try row.text("query"),
                isSigned: try row.bool("is_signed"),
                expiresAt: Timestamp(epochMilliseconds: try row.int("expires_at")))
        }
    }

    /// Keeps one; false where too many of the client's wait. Anybody can push in the name of a public client.
    static func insert(_ request: PushedRequest, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO pushed_request (hash, client_ref, query, is_signed, expires_at)
            SELECT $1, $2, $3, $4, $5
            WHERE (SELECT COUNT(*) FROM pushed_request WHERE client_ref = $2 AND expires_at > $6) < $7
            """,
            [
                .blob(request.hash), .text(request.client.rawValue), .text(request.query), .bool(request.isSigned),
                .int(request.expiresAt.epochMilliseconds), .int(now.epochMilliseconds),
                .int(Int64(Limits.pushedRequests.value)),
            ]) == 1
    }

    /// Uses it up for a code; false when that was done before. Of any number at once one gets true (RFC 9126 §7.3).
    static func use(_ hash: [UInt8], in writer: any SQLWriter) throws -> Bool {
        try writer.run("DELETE FROM pushed_request WHERE hash = $1", [.blob(hash)]) == 1
    }

    /// Deletes what nobody can go on with, at most so many; returns how many.
    static func sweep(at now: Timestamp, most: Int, in writer: any SQLWriter) throws -> Int {
        let end = now.adding(seconds: -Int64(Limits.openedSeconds.value))
        return try writer.run(
            """
            DELETE FROM pushed_request WHERE hash IN (
                SELECT hash FROM pushed_request WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
            """, [.int(end.epochMilliseconds), .int(Int64(most))])
    }
}
