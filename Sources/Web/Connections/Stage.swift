import Core

/// What stands behind a listener.
struct Stage: Sendable {
    /// The answer to an error, for the address that it came from.
    typealias Refuse = @Sendable (_ error: HubError, _ address: String) -> WebReply

    /// Answers a request, its body unread.
    let answer: @Sendable (Pipeline.Incoming) async -> WebReply
    /// Answers what never became a request.
    let refuse: Refuse
}
