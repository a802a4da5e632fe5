import Foundation
import Synchronization

/// Stands on loopback between a hub and the sandbox; at one request it cuts the line.
///
/// Each request goes over a connection of its own. One that is cut gets no answer.
final class CuttingProxy: Sendable {
    /// Where the line is cut.
    struct Cut: Sendable {
        /// At which request from now, 1 for the next.
        let at: Int
        /// Whether the sandbox still gets that request.
        let forwards: Bool
        /// What is written instead of the answer; nothing when it is empty.
        var answer = ""
        /// Called before the answer would be passed on.
        let then: @Sendable () -> Void
    }

    /// One request as it came, such as `GET /api/v1/users/x`.
    struct Seen: Sendable, Equatable {
        let line: String
        let wasForwarded: Bool
    }

    private struct State {
        var cut: Cut?
        var seen: [Seen] = []
    }

    let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    init(to target: UInt16) throws {
        self.target = target
        (listener, port) = try Self.listener()
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    private static func listener() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, raw, &size) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileReadUnknown) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// Takes nothing more. Call it once.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
    }

    /// Cuts the line there, nil lets everything pass; returns and forgets what it saw before.
    @discardableResult func begin(_ cut: Cut?) -> [Seen] {
        state.withLock { state in
            defer { state = State(cut: cut) }
            return state.seen
        }
    }

    /// What came since `begin`.
    var seen: [Seen] { state.withLock { $0.seen } }

    private func serve(_ connection: Int32) {
        defer { Foundation.close(connection) }
        let request = Self.read(connection) { $0.contains("\r\n\r\n") }
        guard let line = request.split(separator: "\r\n").first else { return }
        let words = line.split(separator: " ")
        let cut = state.withLock { state -> Cut? in
            let isHere = state.cut?.at == state.seen.count + 1
            let wasForwarded = !isHere || state.cut?.forwards == true
            state.seen.append(Seen(line: words.prefix(2).joined(separator: " "), wasForwarded: wasForwarded))
            return isHere ? state.cut : nil
        }
        let answer = cut?.forwards == false ? "" : exchange(Self.closing(request))
        if let cut {
            cut.then()
            return Self.write(cut.answer, to: connection)
        }
        Self.write(Self.closing(answer), to: connection)
    }

    private func exchange(_ request: String) -> String {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Foundation.close(connection) }
        var address = Self.loopback(target)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return "" }
        Self.write(request, to: connection)
        return Self.read(connection) { _ in false }
    }

    /// Says in the head that the connection ends after this message.
    private static func closing(_ message: String) -> String {
        guard let head = message.range(of: "\r\n\r\n") else { return message }
        let lines = message[..<head.lowerBound].components(separatedBy: "\r\n").filter {
            !$0.lowercased().hasPrefix("connection:")
        }
        return (lines + ["Connection: close"]).joined(separator: "\r\n") + message[head.lowerBound...]
    }

    /// Reads until it is enough or the other side has ended; the messages here are text and have no body to wait for.
    private static func read(_ connection: Int32, until isEnough: (String) -> Bool) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            if isEnough(String(decoding: bytes, as: UTF8.self)) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
