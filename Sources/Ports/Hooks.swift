public import Core

/// One event as an outside system tells of it, whether it sent it or its log was read: both have one shape.
public struct HookEvent: Sendable, Equatable {
    /// What it is known by at the provider; the same whenever and however it comes.
    public let id: String
    /// When it happened, by the provider's clock.
    public let published: Timestamp
    /// The provider's name for what happened.
    public let type: String
    /// The outputs of the spoke's stream of events, by their names.
    public let event: JSON

    /// States an event.
    public init(id: String, published: Timestamp, type: String, event: JSON) {
        self.id = id
        self.published = published
        self.type = type
        self.event = event
    }
}

/// How an outside system sends events and proves an address, and where the same events can be read again; as its
/// spoke's file states it.
public struct HookProtocol: Sendable {
    /// The header of its one-time question, in lowercase.
    public let challengeHeader: String
    /// The member of the JSON answer that gives the header's value back.
    public let challengeMember: String
    /// The stream that lists the events that it sends; what an event is made of are this action's outputs.
    public let stream: ActionName
    /// What a delivery's body holds, in its order; nil unless every event in it can be read.
    public let events: @Sendable (_ body: JSON) -> [HookEvent]?
    /// One item of the stream; nil unless it can be read.
    public let item: @Sendable (_ item: JSON) -> HookEvent?
    /// The inputs of the reads that list what happened of these types from one moment to another, several where the types
    /// don't fit into one.
    public let inputs: @Sendable (_ types: [String], _ since: Timestamp, _ until: Timestamp) -> [JSONObject]

    /// States a protocol.
    public init(
        challengeHeader: String, challengeMember: String, stream: ActionName,
        events: @escaping @Sendable (_ body: JSON) -> [HookEvent]?,
        item: @escaping @Sendable (_ item: JSON) -> HookEvent?,
        inputs: @escaping @Sendable (_ types: [String], _ since: Timestamp, _ until: Timestamp) -> [JSONObject]
    ) {
        self.challengeHeader = challengeHeader
        self.challengeMember = challengeMember
        self.stream = stream
        self.events = events
        self.item = item
        self.inputs = inputs
    }
}

/// Knows how the systems of all spokes send events; Spokes fills it.
public protocol HookProtocols: Sendable {
    /// How a spoke's system sends them; nil if its file does not say, or there is no such spoke.
    func hooks(of spoke: String) -> HookProtocol?
    /// The names of the spokes that have hooks, in byte order.
    var hookSpokes: [String] { get }
    /// Whether the spoke is activated on this hub.
    func isActive(_ spoke: String) async throws -> Bool
}
