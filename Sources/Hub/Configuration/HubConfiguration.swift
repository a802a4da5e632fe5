public import Configuration
public import Core
public import Identity
public import OAuthServer

/// The whole configuration, read once at start and checked before a port is opened.
///
/// Every key is an environment variable: `LINCHPIN_HTTP_PORT` for `http.port`. A malformed value stops the start; it
/// never becomes a default.
///
/// - Configuration keys:
///   - `data` (text, default `linchpin-data`): the data folder; created with mode 0700.
///   - `http.host` (text, default `127.0.0.1`): the address to listen on; without TLS a loopback address.
///   - `http.port` (number, default 8080): 0 takes a free one.
///   - `tls.certificate`, `tls.key` (text, default none): PEM files, the leaf first; read again when they change.
///   - `tls.client.certificates` (text, default `none`): whether connections are asked for a client certificate: `none` or
///     `optional`; with TLS alone.
///   - `tls.client.authorities` (text, default none): a PEM file of the authorities that vouch for them.
///   - `tls.trial` (truth, default false): a certificate of the hub's own making, for trials.
///   - `issuer` (text, default the address it listens on): the issuer identifier (RFC 8414 §2), no query, no fragment, no slash at its
///     end.
///   - `database` (secret, default none): a libpq connection string; none means the embedded store in the data folder.
///   - `master.key` (secret, default none): 64 hexadecimal digits.
///   - `master.key.file` (text, default `{data}/master.key`): used when `master.key` is not set; made at first start.
///   - `spokes` (text, default `{data}/spokes`): a folder of further spoke files; it need not exist.
///   - `second.factor` (text, default `optional`): who must have a second factor: `optional`, `administrators` or
///     `everybody`.
///   - `registration` (truth, default false): clients may register themselves, each with a registration token.
///   - `client.document.scopes` (text, default none): the auth scopes, parted by spaces, that clients may hold which are
///     known by a document at their `client_id`; none means that there are no such clients.
///   - `log.days` (number, default 30): how long transactions are kept, 1 to 3650.
public struct HubConfiguration: Sendable {
    /// The data folder.
    public var data: String
    /// The address to listen on.
    public var host: String
    /// The port to listen on; 0 takes a free one.
    public var port: Int
    /// How it proves on the network who it is; nil is plain HTTP, on loopback.
    public var tls: TLSSource?
    /// Whether connections are asked for a client certificate, and who vouches for them.
    public var clientCertificates: ClientCertificateSource
    /// The issuer identifier; nil follows host and port.
    public var issuer: String?
    /// A libpq connection string; nil means the embedded store.
    public var database: Secret?
    /// The master key, if it came by the environment.
    public var masterKey: Secret?
    /// The file that holds the master key otherwise.
    public var masterKeyFile: String
    /// The folder of further spoke files.
    public var spokes: String
    /// Who must have a second factor.
    public var secondFactor: SecondFactorRule
    /// Which applications may become OAuth clients by themselves.
    public var registration: RegistrationRules
    /// How many days transactions are kept.
    public var logDays: Int

    /// Where a hub listens if nothing says otherwise.
    public static let standardPort = 8080

    /// Reads and checks every key; throws `HubError` of kind `invalid` that names the variable, never its value.
    public init(_ reader: ConfigReader) async throws {
        data = try await reader.fetchString(forKey: "data") ?? "linchpin-data"
        host = try await reader.fetchString(forKey: "http.host") ?? "127.0.0.1"
        port = try await Self.number(reader, "http.port", 0...65_535) ?? Self.standardPort
        tls = try TLSSource(
            certificate: try await reader.fetchString(forKey: "tls.certificate"),
            key: try await reader.fetchString(forKey: "tls.key"), trial: try await Self.truth(reader, "tls.trial"))
        clientCertificates = try ClientCertificateSource(
            asked: try await reader.fetchString(forKey: "tls.client.certificates"),
            authorities: try await reader.fetchString(forKey: "tls.client.authorities"), overTLS: tls != nil)
        issuer = try await reader.fetchString(forKey: "issuer")
        database = try await reader.fetchString(forKey: "database", isSecret: true).map { Secret($0) }
        masterKey = try await reader.fetchString(forKey: "master.key", isSecret: true).map { Secret($0) }
        masterKeyFile = try await reader.fetchString(forKey: "master.key.file") ?? "\(data)/master.key"
        spokes = try await reader.fetchString(forKey: "spokes") ?? "\(data)/spokes"
        secondFactor = try Self.rule(try await reader.fetchString(forKey: "second.factor"))
        registration = RegistrationRules(
            isOpen: try await Self.truth(reader, "registration"),
            documentScopes: try Self.scopes(try await reader.fetchString(forKey: "client.document.scopes")))
        logDays = try await Self.number(reader, "log.days", 1...3650) ?? Limits.logDays.value
        try check()
    }

    private func check() throws {
        try ListenRules.check(self)
        guard !data.isEmpty else { throw Self.problem("data", "must name a folder") }
        if let issuer {
            // Deviation: RFC 8414 §2 asks for https; on loopback a hub without TLS is its own issuer in plain http. Without a
            // slash at its end, because paths are put behind it.
            let url = StrictURL(issuer)
            guard let url, url.scheme == "https" || ["127.0.0.1", "::1", "localhost"].contains(url.host),
                !issuer.utf8.contains(UInt8(ascii: "?")), !issuer.hasSuffix("/")
            else {
                throw Self.problem(
                    "issuer",
                    "must be an https URL without query or fragment (RFC 8414 §2), and without a slash at its end")
            }
        }
    }

    private static func number(_ reader: ConfigReader, _ key: String, _ range: ClosedRange<Int>) async throws -> Int? {
        let value: Int?
        do { value = try await reader.fetchInt(forKey: ConfigKey(key)) } catch {
            throw problem(key, "must be a whole number")
        }
        guard let value else { return nil }
        guard range.contains(value) else {
            throw problem(key, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func truth(_ reader: ConfigReader, _ key: String) async throws -> Bool {
        switch try await reader.fetchString(forKey: ConfigKey(key)) {
        case nil, "false": false
        case "true": true
        default: throw problem(key, "must be true or false")
        }
    }

    private static func rule(_ text: String?) throws -> SecondFactorRule {
        guard let text else { return .optional }
        guard let rule = SecondFactorRule(rawValue: text) else {
            throw problem("second.factor", "must be optional, administrators or everybody")
        }
        return rule
    }

    private static func scopes(_ text: String?) throws -> [String] {
        guard let text else { return [] }
        let names = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard names.count <= Limits.clientScopes.value, names.allSatisfy(ScopeName.isToken) else {
            throw problem("client.document.scopes", "must be names of auth scopes, parted by single spaces")
        }
        guard !names.contains(ScopeName.userAccount) else {
            throw problem("client.document.scopes", "must not hold \(ScopeName.userAccount): strangers would hold it")
        }
        return names
    }

    static func problem(_ key: String, _ what: String) -> HubError {
        let variable = "LINCHPIN_" + key.uppercased().replacing(".", with: "_")
        return HubError(.invalid, "bad_configuration", "\(variable) \(what).")
    }
}
