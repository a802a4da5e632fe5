import Core
import Dispatch
import Foundation

/// What came back on a raw connection.
struct WireReply: Sendable {
    let bytes: [UInt8]
    /// Whether the other side closed; false when patience was over first.
    var isEnded = true
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var status: Int { Int(text.dropFirst(9).prefix(3)) ?? 0 }
    var correlation: String? { header("x-correlation-id") }

    func header(_ name: String) -> String? {
        let head = text.components(separatedBy: "\r\n\r\n").first ?? ""
        return head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
            .map { String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces) }
    }

    var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }
}

/// Raw bytes over loopback: what no well-behaved client sends.
enum Wire {
    /// Where to connect to.
    enum Place: Sendable {
        case port(Int)
        case socket(String)
    }

    /// Sends and reads until the other side closes; ask it to with `Connection: close`.
    ///
    /// - Parameters:
    ///   - isCut: whether our side is closed once all is sent.
    ///   - seconds: how long each part of the answer may take.
    static func exchange(
        _ bytes: [UInt8], at place: Place, isCut: Bool = false, within seconds: Int = 20
    ) async throws -> WireReply {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try blocking(bytes, try connection(place), isCut, seconds) })
            }
        }
    }

    private static func connection(_ place: Place) throws -> Int32 {
        switch place {
        case .port(let port): try connection(port: port)
        case .socket(let path): try connection(socket: path)
        }
    }

    /// - Parameter room: how many bytes may lie unread at our side, about; nil for the usual.
    static func connection(port: Int, room: Int32? = nil) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var room { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw HubError(.unavailable, "test", "cannot connect") }
        return descriptor
    }

    private static func connection(socket path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw HubError(.unavailable, "test", "cannot connect") }
        return descriptor
    }

    private static func blocking(
        _ bytes: [UInt8], _ descriptor: Int32, _ isCut: Bool, _ seconds: Int
    ) throws -> WireReply {
        defer { close(descriptor) }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The other side may close early, and has said why.
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        if isCut { shutdown(descriptor, Int32(SHUT_WR)) }
        return drain(descriptor)
    }

    private static func drain(_ descriptor: Int32) -> WireReply {
        var got: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return WireReply(bytes: got, isEnded: count == 0 || errno == ECONNRESET) }
            got += buffer.prefix(count)
        }
    }
}

enum Base64 {
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
