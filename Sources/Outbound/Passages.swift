import AsyncHTTPClient
import Core
import Keys
import NIOCore
import NIOSSL
import Ports

/// The host has a key that the connection does not pin.
struct UnpinnedKey: Error {}

/// Passages as the socket needs them.
extension Passage {
    /// Tells one passage from another without keeping what is in it; empty for the plain one. Calls of different
    /// passages never share a socket.
    var mark: [UInt8] {
        if isPlain { return [] }
        var hash = RunningHash()
        func add(_ part: [UInt8]?) {
            // The length first, so that no two lists of parts look alike.
            hash.add("\(part?.count ?? -1):".utf8)
            hash.add(part ?? [])
        }
        add(trustRoots.map { Array($0.utf8) })
        add(Array("\(pins.count)".utf8))
        for pin in pins { add(pin) }
        add(clientCertificate.map { Array($0.chain.utf8) })
        add(clientCertificate?.key.reveal { $0 })
        add((proxy?.host).map { Array($0.utf8) })
        add((proxy?.port).map { Array("\($0)".utf8) })
        add((proxy?.user).map { Array($0.utf8) })
        add(proxy?.password.reveal { $0 })
        return hash.finish()
    }

    /// TLS 1.2 and later, the whole chain checked, for this host; throws what the library says about a bad PEM.
    func tls() throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // RFC 9325 §3.1.1 (MUST NOT): nothing older.
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let trustRoots { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(trustRoots.utf8))) }
        if let clientCertificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(clientCertificate.chain.utf8))
                .map { .certificate($0) }
            let key = try clientCertificate.key.reveal { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
            tls.privateKey = .privateKey(key)
        }
        return tls
    }

    /// - Parameter address: the proxy's, already judged; the library would resolve its name anew.
    func proxying(at address: IPAddress) -> HTTPClient.Configuration.Proxy? {
        guard let proxy else { return nil }
        let authorization = proxy.user.map { user in
            HTTPClient.Authorization.basic(
                username: user, password: proxy.password.reveal { String(decoding: $0, as: UTF8.self) })
        }
        return .server(host: address.description, port: proxy.port, authorization: authorization)
    }

    /// Fails unless the server's certificate has a pinned key. The key counts, not the chain: of a chain the library
    /// shows only the server's own certificate, and a key that merely came along would prove nothing.
    func checkPins(_ channel: any Channel) -> EventLoopFuture<Void> {
        if pins.isEmpty { return channel.eventLoop.makeSucceededVoidFuture() }
        let pins = pins
        return channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
            guard let key = try certificate?.extractPublicKey().toSPKIBytes(),
                pins.contains(Hashing.sha256(key))
            else { throw UnpinnedKey() }
        }
    }
}
