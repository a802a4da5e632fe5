public import Core

/// How a connection's calls travel: whom they trust, as whom they come, through which proxy.
public struct Passage: Sendable {
    /// What proves the hub in the TLS handshake (RFC 8446 §4.4.2).
    public struct ClientCertificate: Sendable {
        /// PEM, the hub's own certificate first.
        public let chain: String
        /// PEM of its private key.
        public let key: Secret

        /// States a pair that was checked.
        public init(chain: String, key: Secret) {
            self.chain = chain
            self.key = key
        }
    }

    /// A proxy that is asked for a tunnel (RFC 9110 §9.3.6). It resolves the host's name, so the hub cannot judge
    /// the address behind it; TLS goes through it from end to end.
    public struct Proxy: Sendable {
        /// A name or an address.
        public let host: String
        public let port: Int
        /// Who the hub is there; nil for nobody.
        public let user: String?
        public let password: Secret

        /// States a proxy; the password counts where there is a user.
        public init(host: String, port: Int, user: String?, password: Secret) {
            self.host = host
            self.port = port
            self.user = user
            self.password = password
        }
    }

    /// PEM of the authorities that are trusted instead of the system's; nil for the system's.
    public let trustRoots: String?
    /// SHA-256 of public keys of which the server's own certificate must have one; empty for any.
    public let pins: [[UInt8]]
    public let clientCertificate: ClientCertificate?
    public let proxy: Proxy?

    /// States how calls travel.
    public init(
        trustRoots: String? = nil, pins: [[UInt8]] = [], clientCertificate: ClientCertificate? = nil,
        proxy: Proxy? = nil
    ) {
        self.trustRoots = trustRoots
        self.pins = pins
        self.clientCertificate = clientCertificate
        self.proxy = proxy
    }

    /// The system's authorities, no pins, as nobody, straight there.
    public static let plain = Passage()

    /// Whether nothing is said.
    public var isPlain: Bool { trustRoots == nil && pins.isEmpty && clientCertificate == nil && proxy == nil }
}
