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
        /// What it says.
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
        ).map { Message(seq: try $0.int("seq"), payload: try JSON.read(try $0.text("payload"))) }
    }

    /// Takes a message away; true for the one caller who gets to act on it.
    public static func take(_ message: Message, in writer: any SQLWriter) throws -> Bool {
        try writer.run("DELETE FROM outbox WHERE seq = $1", [.int(message.seq)]) == 1
    }

    /// What messages are about.
    public enum Topic: String, Sendable {
        /// A record was created, updated or deleted:
        /// `{"change", "table", "sys_id", "kind", "record", "correlation", "chain", "by"}`; `chain` names the flows behind
        /// it, `by` the identities of who made it (`Actor.identities`).
        case recordChange = "record_change"
    }
}
