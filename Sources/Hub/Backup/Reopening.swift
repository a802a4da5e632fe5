import Synchronization

/// The wish that a hub ends its requests and opens again on what lies in its folder by then.
public final class Reopening: Sendable {
    private let state = Mutex((isPossible: false, isWished: false))
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    init() { (wishes, wish) = AsyncStream<Void>.makeStream() }

    /// Called by a program that opens its hub again when that is wished; without it nobody may wish.
    public func allow() { state.withLock { $0.isPossible = true } }

    /// Whether the program opens its hub again.
    public var isPossible: Bool { state.withLock { $0.isPossible } }
    /// Whether it should, now.
    public var isWished: Bool { state.withLock { $0.isWished } }

    /// Returns when it is wished, or when the task is cancelled.
    public func wait() async { for await _ in wishes { return } }

    func ask() {
        state.withLock { $0.isWished = true }
        wish.yield()
    }
}
