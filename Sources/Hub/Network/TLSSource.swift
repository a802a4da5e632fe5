import Core

/// How the hub proves on the network who it is.
public enum TLSSource: Sendable, Equatable {
    /// PEM files of the operator: the chain with the leaf first, and the leaf's key.
    case files(certificate: String, key: String)
    /// A certificate of the hub's own making, in the data folder. Nobody vouches for it.
    case trial

    /// What was configured; nil is plain HTTP. Throws `HubError` when it is half said, or said twice.
    init?(certificate: String?, key: String?, trial: Bool) throws {
        switch (certificate, key, trial) {
        case (nil, nil, false): return nil
        case (nil, nil, true): self = .trial
        case (let certificate?, let key?, false) where !certificate.isEmpty && !key.isEmpty:
            self = .files(certificate: certificate, key: key)
        case (_, _, true):
            throw HubConfiguration.problem("tls.trial", "cannot stand beside a certificate of your own. Remove one")
        default:
            throw HubConfiguration.problem("tls.certificate", "and LINCHPIN_TLS_KEY go together: name both files")
        }
    }
}

/// Where the hub may listen.
enum ListenRules {
    private static let loopback: Set<String> = ["127.0.0.1", "::1", "localhost"]
    private static let everywhere: Set<String> = ["0.0.0.0", "::"]

    /// Throws `HubError` that says what to set.
    static func check(_ configuration: HubConfiguration) throws {
        let host = configuration.host
        guard configuration.tls != nil || loopback.contains(host) else {
            throw HubConfiguration.problem(
                "http.host",
                "must be 127.0.0.1, ::1 or localhost: plain HTTP is for loopback only. Set LINCHPIN_TLS_CERTIFICATE "
                    + "and LINCHPIN_TLS_KEY, or LINCHPIN_TLS_TRIAL=true for a trial")
        }
        guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else {
            throw HubConfiguration.problem("http.host", "must be an address or a name of this machine")
        }
        guard configuration.issuer != nil || !everywhere.contains(host) else {
            throw HubConfiguration.problem(
                "issuer",
                "must be set when the hub listens on every address: it is the https address that clients use")
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-.:".utf8.contains(byte)
        }
    }
}
