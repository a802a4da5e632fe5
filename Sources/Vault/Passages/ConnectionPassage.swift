import Core
import Keys
import Ports
import Storage

/// How a connection's calls travel, as its row keeps it in one column; the proxy's password is sealed elsewhere.
struct ConnectionPassage: Sendable, Equatable {
    struct Proxy: Sendable, Equatable {
        /// Such as `http://proxy.example.com:3128`.
        let address: String
        let user: String?
        /// The sealed password in the table `secret`; nil for none. A new password is a new secret.
        var passwordID: String?
    }

    /// PEM of the authorities that are trusted instead of the system's.
    var trustRoots: String?
    /// In Base64 of 32 bytes, in the order of their bytes.
    var pins: [String] = []
    var proxy: Proxy?

    static let plain = ConnectionPassage()

    /// The column's text; empty for the plain one.
    var text: String {
        if self == .plain { return "" }
        var members = JSONObject()
        members["trust_roots"] = trustRoots.map { .string($0) }
        members["pins"] = .array(pins.map { .string($0) })
        members["proxy"] = proxy.map { .string($0.address) }
        members["proxy_user"] = proxy?.user.map { .string($0) }
        members["proxy_password_id"] = proxy?.passwordID.map { .string($0) }
        return JSON.object(members).text(sorted: true)
    }

    /// What the connection's binding covers.
    var bound: [String] { self == .plain ? [] : [text] }

    private init() {}

    /// Reads the column. What somebody else wrote there becomes something that no binding covers.
    init(text: String) {
        if text.isEmpty { return }
        let members: JSONObject
        do { members = try JSON.read(text).object ?? JSONObject() } catch { members = JSONObject() }
        trustRoots = members["trust_roots"]?.string
        pins = members["pins"]?.array?.compactMap(\.string) ?? []
        proxy = members["proxy"]?.string.map {
            Proxy(
                address: $0, user: members["proxy_user"]?.string, passwordID: members["proxy_password_id"]?.string)
        }
        if self.text != text { pins = ["changed outside the hub"] }
    }

    /// What the history and replies show of it.
    var members: [(String, JSON)] {
        [
            ("trust_roots", trustRoots.map { .string($0) } ?? .null), ("pins", .array(pins.map { .string($0) })),
            ("proxy", proxy.map { .string($0.address) } ?? .null),
            ("proxy_user", proxy?.user.map { .string($0) } ?? .null),
            ("proxy_password", proxy?.passwordID == nil ? .null : "sealed"),
        ]
    }

    /// The authorities that it trusts; empty where it trusts the system's.
    var roots: [CertificateChain.Entry] {
        // What is kept was checked before; what somebody else wrote shows as a finding of its own.
        do { return try trustRoots.map { try CertificateChain(pem: $0, field: "trust_roots").entries } ?? [] } catch {
            return []
        }
    }

    /// What the proxy's password is sealed for.
    static func place(_ passwordID: String, of connectionID: String) -> SecretPlace {
        SecretPlace(owner: "connection:\(connectionID)", id: passwordID, version: 1)
    }
}

extension Vault {
    /// How the calls of a connection travel.
    static let passageMigration = Migration(
        "vault-008", [.addColumn(.text("passage").emptyByDefault, to: "connection")])
}
