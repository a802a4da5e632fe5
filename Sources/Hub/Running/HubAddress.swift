import Synchronization

/// Where the hub is reached; the listener says the port when it has one.
final class HubAddress: Sendable {
    private let configuration: HubConfiguration
    private let port: Mutex<Int>

    init(_ configuration: HubConfiguration) {
        self.configuration = configuration
        port = Mutex(configuration.port)
    }

    var url: String {
        let scheme = configuration.tls == nil ? "http" : "https"
        return "\(scheme)://\(Self.inURL(configuration.host)):\(port.withLock { $0 })"
    }

    /// RFC 3986 §3.2.2: an IPv6 address stands in brackets.
    static func inURL(_ host: String) -> String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    var issuer: String { configuration.issuer ?? url }

    /// The port, once it is known; 0 before when any will do.
    var boundPort: Int { port.withLock { $0 } }

    func listens(on port: Int) { self.port.withLock { $0 = port } }
}
