import Synchronization

/// Where the hub is reached; the listener says the port when it has one.
final class HubAddress: Sendable {
    private let configuration: HubConfiguration
    private let port: Mutex<Int>

    init(_ configuration: HubConfiguration) {
        self.configuration = configuration
        port = Mutex(configuration.port)
    }

    var url: String { "http://\(configuration.host):\(port.withLock { $0 })" }
    var issuer: String { configuration.issuer ?? url }

    func listens(on port: Int) { self.port.withLock { $0 = port } }
}
