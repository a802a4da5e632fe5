import Foundation
import Synchronization

/// Stands on loopback between a hub and the sandbox; at some requests it cuts the line, hangs or is slow, and it can be
/// away altogether.
///
/// Each request goes over a connection of its own. One that is cut gets no answer.
final class CuttingProxy: Sendable {
    /// Where the line is cut, once.
    struct Cut: Sendable {
        /// At which request from now, 1 for the next; nil for the first with `line`.
        var at: Int?
        /// Such as `GET /api/v1/users/x`.
        var line = ""
        /// Whether the sandbox still gets that request.
        let forwards: Bool
        /// What is written instead of the answer; nothing when it is empty.
        var answer = ""
        /// Whether the line stays open, silent, until the hub ends it.
        var hangs = false
        /// Called before the answer would be passed on.
        var then: @Sendable () -> Void = {}
    }

    /// One request as it came, such as `GET /api/v1/users/x`.
    struct Seen: Sendable, Equatable {
        let line: String
        let wasForwarded: Bool
    }

    private struct State {
        var cuts: [Cut] = []
        var isSlow = false
        var seen: [Seen] = []
    }

    let port: UInt16
    private let target: UInt16
    /// Holds the port while nobody listens on it.
    private let holder: Int32
    private let listener: Mutex<Int32?>
    private let state = Mutex(State())

    init(to target: UInt16) throws {
        self.target = target
        (holder, port) = try Loopback.bound(to: 0)
        listener = Mutex(nil)
        try comeBack()
    }

    /// Takes connections again.
    func comeBack() throws {
        let (descriptor, _) = try Loopback.bound(to: port)
        listener.withLock { $0 = descriptor }
        try Loopback.accept(on: descriptor) { [self] in serve($0) }
    }

    /// From now on connections are refused, as by a machine where nobody listens.
    func goAway() {
        guard let descriptor = listener.withLock({ $0.take() }) else { return }
        Loopback.stop(descriptor)
    }

    /// Takes nothing more. Call it once.
    func close() {
        goAway()
        Foundation.close(holder)
    }

    /// Cuts the line there, nil lets everything pass; returns and forgets what it saw before.
    @discardableResult func begin(_ cut: Cut?) -> [Seen] { begin(cut.map { [$0] } ?? []) }

    /// Cuts the line at each of these.
    ///
    /// - Parameter isSlow: whether answers trickle in, a few bytes at a time.
    @discardableResult func begin(_ cuts: [Cut], isSlow: Bool = false) -> [Seen] {
        state.withLock { state in
            defer { state = State(cuts: cuts, isSlow: isSlow) }
            return state.seen
        }
    }

    /// What came since `begin`.
    var seen: [Seen] { state.withLock { $0.seen } }

    private func serve(_ connection: Int32) {
        let request = Loopback.read(connection) { $0.contains("\r\n\r\n") }
        guard let line = request.split(separator: "\r\n").first else { return }
        let (cut, isSlow) = take(line.split(separator: " ").prefix(2).joined(separator: " "))
        let answer = cut?.forwards == false ? "" : exchange(Self.closing(request))
        if let cut {
            cut.then()
            if cut.hangs { _ = Loopback.read(connection) { _ in false } }
            Loopback.write(Array(cut.answer.utf8), to: connection)
            return
        }
        let bytes = Array(Self.closing(answer).utf8)
        let size = isSlow ? 16 : bytes.count
        for start in stride(from: 0, to: bytes.count, by: max(size, 1)) {
            guard Loopback.write(Array(bytes[start...].prefix(size)), to: connection), isSlow else { return }
            // A pause that the other side may end by going away.
            var other = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            poll(&other, 1, 20)
        }
    }

    /// Takes note of a request; returns the cut that is meant for it.
    private func take(_ line: String) -> (Cut?, isSlow: Bool) {
        state.withLock { state in
            let number = state.seen.count + 1
            let index = state.cuts.firstIndex { $0.at.map { $0 == number } ?? ($0.line == line) }
            let cut = index.map { state.cuts.remove(at: $0) }
            state.seen.append(Seen(line: line, wasForwarded: cut?.forwards ?? true))
            return (cut, state.isSlow)
        }
    }

    private func exchange(_ request: String) -> String {
        guard let connection = Loopback.connect(to: target) else { return "" }
        defer { Foundation.close(connection) }
        Loopback.write(Array(request.utf8), to: connection)
        return Loopback.read(connection) { _ in false }
    }

    /// Says in the head that the connection ends after this message.
    private static func closing(_ message: String) -> String {
        guard let head = message.range(of: "\r\n\r\n") else { return message }
        let lines = message[..<head.lowerBound].components(separatedBy: "\r\n").filter {
            !$0.lowercased().hasPrefix("connection:")
        }
        return (lines + ["Connection: close"]).joined(separator: "\r\n") + message[head.lowerBound...]
    }
}
