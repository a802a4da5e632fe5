import Foundation
import Synchronization

/// A plain connection, for requests that come in pieces.
final class Wire: Sendable {
    private let descriptor: Int32
    private let isClosed = Mutex(false)

    init(to url: String) throws {
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw CocoaError(.formatting) }
        guard let connection = Loopback.connect(to: port) else { throw CocoaError(.fileReadUnknown) }
        descriptor = connection
    }

    func send(_ text: String) {
        Loopback.write(Array(text.utf8), to: descriptor)
    }

    /// The beginning of the answer; empty when there is none within 20 seconds.
    func read() -> String {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }

    /// Whether an answer, or the end, lies there.
    var hasNews: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
    }

    func close() {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        if isFirst { Foundation.close(descriptor) }
    }
}
