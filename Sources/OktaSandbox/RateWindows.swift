import Core

/// What shares one rate limit.
enum RateBucket: String, Sendable {
    case user = "/api/v1/users/{id}"
    case users = "/api/v1/users"
    case groups = "/api/v1/groups"
    case logs = "/api/v1/logs"
    case other = "/api/v1"
    case apps = "/api/v1/apps"
    case iam = "/api/v1/iam"
    case oauth = "/oauth2/v1"
    case unauthenticated = "no token"
}

/// Requests counted per bucket in windows of a minute that begin with a bucket's first request.
struct RateWindows: Sendable {
    static let seconds: Int64 = 60

    struct Standing: Sendable, Equatable {
        let limit: Int
        let remaining: Int
        /// Epoch seconds at which the window ends.
        let reset: Int64
        let isOver: Bool
    }

    private var windows: [RateBucket: (start: Int64, used: Int)] = [:]

    /// Counts one request; a request over the limit does not lengthen the window.
    mutating func count(_ bucket: RateBucket, limit: Int, at now: Timestamp) -> Standing {
        let second = now.epochSeconds
        var window = windows[bucket] ?? (start: second, used: 0)
        if second >= window.start + Self.seconds || second < window.start { window = (start: second, used: 0) }
        let isOver = window.used >= limit
        if !isOver { window.used += 1 }
        windows[bucket] = window
        return Standing(
            limit: limit, remaining: limit - window.used, reset: window.start + Self.seconds, isOver: isOver)
    }
}
