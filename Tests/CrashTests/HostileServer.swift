import Core
import Foundation
import Synchronization

/// An outside system that means harm: it answers by the path, with more than anybody wants.
final class HostileServer: Sendable {
    /// What is sent: a beginning, then a piece over and over.
    struct Answer: Sendable {
        var beginning: [UInt8]
        var piece: [UInt8] = []
        /// How often the piece is sent, as long as the other side takes it.
        var times = 0

        /// A whole answer.
        static func whole(_ status: String, _ headers: [String], _ body: String) -> Answer {
            let head = ["HTTP/1.1 \(status)", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
            return Answer(beginning: Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        }
    }

    private struct State {
        var requests: [String] = []
        var sent: [String: Int] = [:]
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameter answer: to a path with its query, such as `/api/v1/users/x`.
    init(_ answer: @escaping @Sendable (_ path: String, _ port: UInt16) -> Answer) throws {
        (listener, port) = try Loopback.bound(to: 0)
        try Loopback.accept(on: listener) { [self] connection in
            let head = Loopback.read(connection) { $0.contains("\r\n\r\n") }
            let words = head.split(separator: " ", maxSplits: 2)
            guard words.count == 3 else { return }
            let path = String(words[1])
            state.withLock { $0.requests.append(path) }
            let answer = answer(path, port)
            guard Loopback.write(answer.beginning, to: connection) else { return }
            for _ in 0..<answer.times {
                guard Loopback.write(answer.piece, to: connection) else { return }
                state.withLock { $0.sent[path, default: 0] += answer.piece.count }
            }
        }
    }

    /// The paths that were asked for, in order.
    var requests: [String] { state.withLock { $0.requests } }

    /// How many bytes of pieces went out to a path, all its requests together.
    func sent(_ path: String) -> Int { state.withLock { $0.sent[path] ?? 0 } }

    /// Takes nothing more. Call it once.
    func close() { Loopback.stop(listener) }
}
