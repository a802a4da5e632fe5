public import Core

/// What crosses from one feature to another: a row written in the transaction of the change, taken up later.
///
/// A message is deleted in the transaction that acts on it, so it is acted on exactly once, whatever the order in
/// which sequence numbers commit.
public enum Outbox {
    /// One message.
    public struct Message: Sendable {
        /// Its number.
        public let seq: Int64
        /// What it says; null for a text that cannot be read.
        public let payload: JSON
    }

    /// Leaves a message for whoever follows the topic.
    public static func publish(_ topic: Topic, _ payload: JSON, in writer: any SQLWriter) throws {
        try writer.run(
            "INSERT INTO outbox (topic, payload) VALUES ($1, $2)", [.text(topic.rawValue), .text(payload.text())])
    }

    /// The oldest messages of a topic, at most `most`.
    public static func waiting(_ topic: Topic, most: Int, in reader: any SQLReader) throws -> [Message] {
        try reader.rows(
            "SELECT seq, payload FROM outbox WHERE topic = $1 ORDER BY seq LIMIT $2",
            [.text(topic.rawValue), .int(Int64(most))]
        ).map { Message(seq: try $0.int("seq"), payload: payload(try $0.text("payload"))) }
    }

    /// One damaged message must not hold up the others; whoever takes it away says so.
    private static func payload(_ text: String) -> JSON {
        do { return try JSON.read(text) } catch { return .null }
    }

    /// Takes a message away; true for the one caller who gets to act on it.
    public static func take(_ message: Message, in writer: any SQLWriter) throws -> Bool {
        try writer.run("DELETE FROM outbox WHERE seq = $1", [.int(message.seq)]) == 1
    }

    /// What messages are about.
    public enum Topic: String, Sendable {
        /// A record was created, updated or deleted:
        /// `{"change", "table", "sys_id", "kind", "record", "correlation", "chain", "by"}`; `chain` names all flows that
        /// led to it, `by` the identities of the people and clients behind it (`Actor.identities`).
        case recordChange = "record_change"
        /// A hook took in an event that was not known yet:
        /// `{"hook", "hook_id", "event_id", "published", "type", "event", "late", "via", "correlation"}`; `published` is
        /// written so that the order of its texts is the order of the moments.
        case hookEvent = "hook_event"
        /// A session of the console was ended before its time: `{"session"}`.
        case sessionEnded = "session_ended"
        /// Somebody has another password: `{"user", "name", "at"}`, the moment in milliseconds since 1970.
        case passwordSet = "password_set"
        /// Somebody has a second factor from now on: `{"user", "name"}`.
        case secondFactorSet = "second_factor_set"
    }
}
