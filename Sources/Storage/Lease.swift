public import Core

/// The right of one holder to do a thing alone, until a time. The fence grows with each change of hands, so that
/// whoever was late can be told from whoever came after.
public enum Lease {
    /// A lease that was got.
    public struct Hold: Sendable, Equatable {
        /// What it is for.
        public let name: String
        /// Who has it.
        public let holder: String
        /// Its number; greater than that of everyone who had it before.
        public let fence: Int64
    }

    /// Takes the lease if it is free, has run out, or is the holder's own already (then with a new fence).
    ///
    /// - Returns: nil when somebody else holds it.
    public static func acquire(
        _ name: String, holder: String, at now: Timestamp, seconds: Int, in writer: any SQLWriter
    ) throws -> Hold? {
        try writer.returning(
            """
            INSERT INTO lease (name, holder, fence, until) VALUES ($1, $2, 1, $3)
            ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, fence = lease.fence + 1, until = excluded.until
            WHERE lease.until <= $4 OR lease.holder = excluded.holder
            RETURNING fence
            """,
            [
                .text(name), .text(holder), .int(now.adding(seconds: Int64(seconds)).epochMilliseconds),
                .int(now.epochMilliseconds),
            ]
        ).first.map { Hold(name: name, holder: holder, fence: try $0.int("fence")) }
    }

    /// Keeps the lease longer; false when it ran out or changed hands, and then the work must stop.
    public static func renew(_ hold: Hold, at now: Timestamp, seconds: Int, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE lease SET until = $1 WHERE name = $2 AND holder = $3 AND fence = $4 AND until > $5",
            [
                .int(now.adding(seconds: Int64(seconds)).epochMilliseconds), .text(hold.name), .text(hold.holder),
                .int(hold.fence), .int(now.epochMilliseconds),
            ]) == 1
    }

    /// Gives the lease back before its time; false when it was lost already. The fence stays, so it goes on growing.
    @discardableResult
    public static func release(_ hold: Hold, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE lease SET until = 0 WHERE name = $1 AND holder = $2 AND fence = $3",
            [.text(hold.name), .text(hold.holder), .int(hold.fence)]) == 1
    }
}
