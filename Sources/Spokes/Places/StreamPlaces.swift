import Core
import Ports
import Storage

/// Where a reader of a stream stands.
struct StreamPlace: Sendable, Equatable {
    struct Key: Sendable, Equatable {
        let connection: String
        let action: String
        let reader: String
    }

    /// What was handed out from `place` on, and is not known to be kept yet.
    struct Pending: Sendable, Equatable {
        /// The execution and step that it was handed to.
        let step: String
        /// The place behind it.
        let next: String
    }

    let key: Key
    /// The inputs that make the list.
    let query: String
    /// The address of the page to begin at; empty for the list's beginning.
    let place: String
    let pending: Pending?
    /// Grows with each move, so that of two at once only one moves.
    let turn: Int64
}

/// The places of streams' readers: rows of `stream_place`.
struct StreamPlaces: Sendable {
    let database: any Database
    /// Knows what became of the steps that items were handed to.
    let journal: any StepJournal

    func find(_ key: StreamPlace.Key) async throws -> StreamPlace? {
        try await database.read { reader in
            try reader.row(
                """
                SELECT query, place, pending_step, pending_next, turn FROM stream_place
                WHERE connection_id = $1 AND action = $2 AND reader = $3
                """, key.values
            ).map { row in
                let step = try row.optionalText("pending_step")
                return StreamPlace(
                    key: key, query: try row.text("query"), place: try row.text("place"),
                    pending: try step.map { .init(step: $0, next: try row.text("pending_next")) },
                    turn: try row.int("turn"))
            }
        }
    }

    /// Moves a reader; false when somebody else moved it since it was found. Places that nobody used for longer than
    /// providers keep their logs go.
    func keep(_ place: StreamPlace, at now: Timestamp) async throws -> Bool {
        let old = now.adding(seconds: -Int64(Limits.streamPlaceDays.value) * 86_400)
        let values: [SQLValue] =
            place.key.values + [
                .text(place.query), .text(place.place), .optional(place.pending?.step),
                .text(place.pending?.next ?? ""), .int(place.turn), .int(now.epochMilliseconds),
            ]
        return try await database.write(.bookkeeping("the place of a stream's reader")) { writer in
            try writer.run("DELETE FROM stream_place WHERE updated_at < $1", [.int(old.epochMilliseconds)])
            return try writer.run(
                """
                INSERT INTO stream_place
                (connection_id, action, reader, query, place, pending_step, pending_next, turn, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (connection_id, action, reader) DO UPDATE SET query = excluded.query,
                place = excluded.place, pending_step = excluded.pending_step, pending_next = excluded.pending_next,
                turn = excluded.turn, updated_at = excluded.updated_at
                WHERE stream_place.turn = excluded.turn - 1
                """, values) == 1
        }
    }
}

extension StreamPlace.Key {
    fileprivate var values: [SQLValue] { [.text(connection), .text(action), .text(reader)] }
}
