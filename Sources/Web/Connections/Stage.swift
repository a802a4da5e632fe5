import Core

/// What stands behind a listener.
struct Stage: Sendable {
    /// Answers a request, its body unread.
    let answer: @Sendable (Pipeline.Incoming) async -> WebReply
    /// Answers what never became a request.
    let refuse: @Sendable (HubError) -> WebReply
}
