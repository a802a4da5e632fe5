import Foundation
import Synchronization

/// Stands on a Unix socket between a hub and PostgreSQL; at one message of the hub it can cut the line.
final class PostgresProxy: Sendable {
    /// Where the line is cut, once.
    struct Cut: Sendable {
        /// At which message of any session from now, 1 for the next.
        let at: Int
        /// Whether PostgreSQL still gets it; its answer is not passed on.
        let forwards: Bool
        /// Called when nothing more is passed on.
        let then: @Sendable () -> Void
    }

    private struct State {
        var cut: Cut?
        var seen = 0
    }

    /// How the hub reaches it.
    let conninfo: String
    private let target: String
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: where its socket lies.
    ///   - conninfo: how to reach the server, by the folder of its socket.
    init(in folder: String, to conninfo: String) throws {
        let host = conninfo.split(separator: " ").first { $0.hasPrefix("host=") }?.dropFirst(5) ?? ""
        target = host + Self.name
        // libpq lets the later keyword win.
        self.conninfo = conninfo + " host=" + folder
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.withAddress(folder + Self.name, { bind(listener, $0, $1) }) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        try Loopback.accept(on: listener) { [self] in serve($0) }
    }

    private static let name = "/.s.PGSQL.5432"

    /// Counts anew and cuts the line there; nil lets everything pass.
    func begin(_ cut: Cut?) { state.withLock { $0 = State(cut: cut) } }

    /// Takes nothing more. Call it once.
    func close() { Loopback.stop(listener) }

    private func serve(_ hub: Int32) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { Foundation.close(server) }
        guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else { return }
        var cut: Cut?
        while true {
            var both = [hub, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&both, 2, -1) >= 0 || errno == EINTR else { return }
            if both[1].revents != 0 {
                guard let bytes = Self.read(server) else { return }
                if let cut { return cut.then() }
                guard Loopback.write(bytes, to: hub) else { return }
            } else if both[0].revents != 0 {
                guard let bytes = Self.read(hub) else { return }
                cut = take() ?? cut
                if let cut, !cut.forwards { return cut.then() }
                guard Loopback.write(bytes, to: server) else { return }
            }
        }
    }

    /// Takes note of a message; returns the cut that is meant for it.
    private func take() -> Cut? {
        state.withLock { state in
            state.seen += 1
            return state.seen == state.cut?.at ? state.cut : nil
        }
    }

    private static func read(_ connection: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func withAddress(_ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
