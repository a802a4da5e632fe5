import Core
import Storage

/// A row of `device_authorization`: a device waits for a person's answer.
struct DeviceAuthorization: Sendable {
    /// What polling it finds.
    enum State: Sendable, Equatable {
        case pending, refused, expired, used
        case allowed(UserID)
    }

    let hash: [UInt8]
    let userCode: UserCode
    let client: ClientID
    let scopes: [String]
    let expiresAt: Timestamp
    var intervalSeconds = Int64(Limits.devicePollSeconds.value)
    var polledAt: Timestamp?
    /// Who answered, and what; nil before.
    var answer: (user: UserID, allows: Bool)?
    /// What it was redeemed for; nil before.
    var family: String?
    var carried = Carried()

    func state(at now: Timestamp) -> State {
        if family != nil { return .used }
        guard now < expiresAt else { return .expired }
        guard let answer else { return .pending }
        return answer.allows ? .allowed(answer.user) : .refused
    }

    /// RFC 8628 §3.5: whether it is asked again before its time. Networks are uneven, so a second is let pass.
    func isHasty(at now: Timestamp) -> Bool {
        polledAt.map { now.milliseconds(since: $0) < (intervalSeconds - 1) * 1_000 } ?? false
    }
}

/// The table `device_authorization`.
enum DeviceStore {
    static func find(_ hash: [UInt8], in reader: any SQLReader) throws -> DeviceAuthorization? {
        try reader.row(
            """
            SELECT device_hash, user_code, client_ref, scopes, expires_at, interval_seconds, polled_at, user_id, is_allowed,
                family, carried
            FROM device_authorization WHERE device_hash = $1
            """, [.blob(hash)]
        ).map(read)
    }

    /// The one that waits for an answer under this code.
    static func waiting(_ code: UserCode, at now: Timestamp, in reader: any SQLReader) throws -> DeviceAuthorization? {
        try reader.row(
            """
            SELECT device_hash, user_code, client_ref, scopes, expires_at, interval_seconds, polled_at, user_id, is_allowed,
                family, carried
            FROM device_authorization WHERE user_code = $1 AND user_id IS NULL AND expires_at > $2
            """, [.text(code.text), .int(now.epochMilliseconds)]
        ).map(read)
    }

    private static func read(_ row: SQLRow) throws -> DeviceAuthorization {
        DeviceAuthorization(
            hash: try row.blob("device_hash"), userCode: UserCode(stored: try row.text("user_code")),
            client: ClientID(try row.text("client_ref")),
            scopes: try row.text("scopes").split(separator: " ").map(String.init),
            expiresAt: Timestamp(epochMilliseconds: try row.int("expires_at")),
            intervalSeconds: try row.int("interval_seconds"), polledAt: try row.optionalMoment("polled_at"),
            answer: try row.optionalText("user_id").map { (UserID($0), try row.bool("is_allowed")) },
            family: try row.optionalText("family"), carried: try Carried(stored: row.text("carried")))
    }

    /// How many devices of a client wait.
    static func waiting(for client: ClientID, at now: Timestamp, in reader: any SQLReader) throws -> Int64 {
        try reader.row(
            "SELECT COUNT(*) AS n FROM device_authorization WHERE client_ref = $1 AND user_id IS NULL AND expires_at > $2",
            [.text(client.rawValue), .int(now.epochMilliseconds)])?.int("n") ?? 0
    }

    /// False when another device shows this user code.
    static func insert(_ device: DeviceAuthorization, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO device_authorization (device_hash, user_code, client_ref, scopes, expires_at, interval_seconds,
                is_allowed, carried)
            VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT DO NOTHING
            """,
            [
                .blob(device.hash), .text(device.userCode.text), .text(device.client.rawValue),
                .text(device.scopes.joined(separator: " ")), .int(device.expiresAt.epochMilliseconds),
                .int(device.intervalSeconds), .text(device.carried.stored),
            ]) == 1
    }

    /// Notes that it was asked for in time, or makes the device wait longer from now on (RFC 8628 §3.5), up to a bound.
    static func notePoll(_ device: DeviceAuthorization, at now: Timestamp, in writer: any SQLWriter) throws {
        guard device.isHasty(at: now) else {
            try writer.run(
                "UPDATE device_authorization SET polled_at = $2 WHERE device_hash = $1",
                [.blob(device.hash), .int(now.epochMilliseconds)])
            return
        }
        try writer.run(
            """
            UPDATE device_authorization SET interval_seconds = interval_seconds + $2
            WHERE device_hash = $1 AND interval_seconds < $3
            """,
            [
                .blob(device.hash), .int(Int64(Limits.devicePollSeconds.value)),
                .int(Int64(Limits.devicePollLongestSeconds.value)),
            ])
    }

    /// Keeps a person's answer; false when somebody answered before, or it has ended. One answer counts.
    static func answer(
        _ device: DeviceAuthorization, by user: UserID, allows: Bool, carried: Carried, at now: Timestamp,
        in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            """
            UPDATE device_authorization SET user_id = $2, is_allowed = $3, carried = $4
            WHERE device_hash = $1 AND user_id IS NULL AND expires_at > $5
            """,
            [
                .blob(device.hash), .text(user.rawValue), .bool(allows), .text(carried.stored),
                .int(now.epochMilliseconds),
            ]) == 1
    }

    /// Uses a yes up for a family; false when it was used before, was taken back or has ended.
    static func use(_ hash: [UInt8], for family: String, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            UPDATE device_authorization SET family = $2
            WHERE device_hash = $1 AND is_allowed = 1 AND family IS NULL AND expires_at > $3
            """, [.blob(hash), .text(family), .int(now.epochMilliseconds)]) == 1
    }

    /// Drops what was not redeemed: of a client, or what one person answered it.
    static func forget(_ client: ClientID, of user: UserID? = nil, in writer: any SQLWriter) throws {
        try writer.run(
            """
            DELETE FROM device_authorization
            WHERE client_ref = $1 AND family IS NULL AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)
            """, [.text(client.rawValue), .optional(user?.rawValue)])
    }
}
