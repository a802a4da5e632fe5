public import Core

/// How many calls of a connection may still go out, by one bound: what the provider states of one kind of request, or what
/// an administrator set.
public struct CallAllowance: Sendable, Equatable {
    /// The kind of request as the spoke file writes it, such as `GET /api/v1/users`; `calls_per_minute` for the own bound.
    public let bucket: String
    /// Calls in a whole window; nil where the provider does not say.
    public let limit: Int64?
    /// Calls that are left of it.
    public let remaining: Int64
    /// When all of them are there again; where none is left, when the next call may go out.
    public let resetsAt: Timestamp

    /// States one.
    public init(bucket: String, limit: Int64?, remaining: Int64, resetsAt: Timestamp) {
        self.bucket = bucket
        self.limit = limit
        self.remaining = remaining
        self.resetsAt = resetsAt
    }

    /// As replies show it.
    public var json: JSON {
        [
            "bucket": .string(bucket), "limit": limit.map { .int($0) } ?? .null, "remaining": .int(remaining),
            "resets_at": .string(resetsAt.rfc3339),
        ]
    }
}
