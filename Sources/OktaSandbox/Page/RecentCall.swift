import Core

/// One call that the org answered, for its page. Never a token, a body or a query.
struct RecentCall: Sendable {
    /// How many are kept.
    static let most = 50
    private static let pathMost = 200

    let at: Timestamp
    let method: String
    /// Shortened; the caller chose it.
    let path: String
    /// As answered; 0 for a call that was left without an answer.
    let status: Int
    /// Okta's error code; empty for success.
    let code: String

    init(at now: Timestamp, _ request: SandboxRequest, _ reply: SandboxReply) {
        at = now
        method = String(request.method.prefix(10))
        path = String(request.path.prefix(Self.pathMost))
        status = reply.hangs || reply.drops ? 0 : reply.status
        code = reply.status < 400 ? "" : Self.code(reply.body)
    }

    private static func code(_ body: [UInt8]) -> String {
        do {
            let body = try JSON.read(body)
            return body["errorCode"]?.string ?? body["error"]?.string ?? ""
        } catch {
            return ""
        }
    }
}
