/// What went wrong: one half for the caller, one half for the log.
public struct HubError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; an edge turns it into its protocol's status.
    public enum Kind: String, Sendable, CaseIterable {
        /// The request itself is wrong.
        case invalid
        /// Nobody proved who is calling.
        case unauthenticated
        /// The caller may not do this.
        case forbidden
        /// There is no such thing, or the caller may not know of it.
        case notFound
        /// The path exists, the method does not.
        case methodNotAllowed
        /// It clashes with what is there.
        case conflict
        /// The body or a part of it is over its bound.
        case tooLarge
        /// The header section is over its bound.
        case headerTooLarge
        /// The caller took too long to send the request.
        case tooSlow
        /// The content type is not one we read.
        case unsupportedMediaType
        /// The caller asks too often.
        case tooManyRequests
        /// A queue is full, or a part is not ready; trying again later makes sense.
        case unavailable
        /// An outside system refused or answered nonsense.
        case upstream
        /// An outside system did not answer in time.
        case timeout
        /// A defect of ours.
        case `internal`

        /// Its HTTP status (RFC 9110 §15; RFC 6585 §4 and §5 for 429 and 431). No two kinds share one.
        public var status: Int {
            switch self {
            case .invalid: 400
            case .unauthenticated: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .tooSlow: 408
            case .conflict: 409
            case .tooLarge: 413
            case .unsupportedMediaType: 415
            case .tooManyRequests: 429
            case .headerTooLarge: 431
            case .internal: 500
            case .upstream: 502
            case .unavailable: 503
            case .timeout: 504
            }
        }

        /// The kind that has this status; a status that none has is a defect of ours.
        public init(status: Int) { self = Self.allCases.first { $0.status == status } ?? .internal }
    }

    /// What sort of failure it is.
    public let kind: Kind
    /// A stable code in snake_case, such as `unknown_field`; listed in the generated reference.
    public let reason: String
    /// What the caller reads: what happened, why, and the one next step. Never a secret, never a stack.
    public let message: String
    /// Written to the log with the correlation id; never sent.
    public let detail: String
    /// Where it was thrown: leads from a log line to its source.
    public let site: String

    /// An error thrown at this place.
    public init(
        _ kind: Kind, _ reason: String, _ message: String, detail: String = "",
        file: String = #fileID, line: UInt = #line
    ) {
        self.kind = kind
        self.reason = reason
        self.message = message
        self.detail = detail
        site = "\(file):\(line)"
    }

    public var description: String {
        "\(reason) at \(site): \(message)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}
