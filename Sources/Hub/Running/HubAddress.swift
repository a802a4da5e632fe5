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

    func listens(on port: Int) { self.port.withLock { $0 = port } }
}
