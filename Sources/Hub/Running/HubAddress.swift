import Synchronization

/// Where the hub is reached; the listener says the port when it has one.
final class HubAddress: Sendable {
    private let configuration: HubConfiguration
    private let place: Mutex<(port: Int, url: String)>

    init(_ configuration: HubConfiguration) {
        self.configuration = configuration
        place = Mutex((configuration.port, Self.url(configuration, configuration.port)))
    }

    private static func url(_ configuration: HubConfiguration, _ port: Int) -> String {
        let scheme = configuration.tls == nil ? "http" : "https"
        return "\(scheme)://\(inURL(configuration.host)):\(port)"
    }

    var url: String { place.withLock { $0.url } }

    /// RFC 3986 §3.2.2: an IPv6 address stands in brackets.
    static func inURL(_ host: String) -> String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    var issuer: String { configuration.issuer ?? url }

    /// The port, once it is known; 0 before when any will do.
    var boundPort: Int { place.withLock { $0.port } }

    func listens(on port: Int) { place.withLock { $0 = (port, Self.url(configuration, port)) } }
}
