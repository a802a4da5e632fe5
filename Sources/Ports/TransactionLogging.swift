public import Core

/// One request in or out, as the log keeps it. Never a body, a query or a secret.
public struct Transaction: Sendable, Equatable {
    /// Which way it went.
    public enum Direction: String, Sendable {
        case inbound = "in"
        case outbound = "out"
    }
    /// How it ended.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It was answered.
        case allowed
        /// Authentication, authorization or the gate refused it.
        case refused
        /// It was wrong in itself, or broke.
        case failed
    }

    /// Which way it went.
    public var direction: Direction
    /// Ties it to its decision and its audit events.
    public var correlation: CorrelationID
    /// When it began.
    public var at: Timestamp
    /// How long it took, in microseconds.
    public var microseconds: Int64
    /// Inbound: the address that it came from; `-` on the hub's own socket. Outbound: empty.
    public var address = ""
    /// The HTTP method.
    public var method: String
    /// Inbound: the path without its query. Outbound: the action's path template, never values.
    public var path: String
    /// The HTTP status; 0 when there was none.
    public var status: Int
    /// How it ended.
    public var outcome: Outcome
    /// A stable reason code for what was refused or failed; empty otherwise.
    public var reason: String
    /// The user.
    public var user: String
    /// The client.
    public var client: String
    /// Outbound: the connection's name.
    public var connection: String
    /// Outbound: the action's full name.
    public var action: String
    /// Outbound: the execution and step.
    public var execution: String
    /// A refusal's decision with all its checks; nil otherwise.
    public var decision: LateJSON?
    /// What no decision refused: whom or what a refusal is about, or what was wrong with a call of the Table API, in a
    /// sentence without a value of the caller's; nil where its reason says all.
    public var about: String?

    /// A row with only the parts that every transaction has; set the rest.
    public init(
        _ direction: Direction, _ correlation: CorrelationID, at: Timestamp, method: String, path: String
    ) {
        self.direction = direction
        self.correlation = correlation
        self.at = at
        self.method = method
        self.path = path
        microseconds = 0
        status = 0
        outcome = .allowed
        reason = ""
        user = "-"
        client = "-"
        connection = ""
        action = ""
        execution = ""
        decision = nil
    }
}

/// JSON that is made when it is written: of a refusal that comes again and again only the first one's is.
public struct LateJSON: Sendable, Equatable {
    private let make: @Sendable () -> JSON

    /// Keeps what it is made of.
    public init(_ make: @escaping @Sendable () -> JSON) { self.make = make }

    /// Makes it.
    public var json: JSON { make() }

    public static func == (left: Self, right: Self) -> Bool { left.json == right.json }
}

/// Takes transactions without waiting; a bounded buffer behind it is flushed each second.
public protocol TransactionLogging: Sendable {
    /// Keeps one. When the buffer is full, allowed reads are dropped and counted; refusals never are.
    func log(_ transaction: Transaction)
}
