import Keys
import NIOSSL
import Synchronization

/// What one connection shows of a client certificate, for the requests that come on it.
///
/// It is filled by the handshake alone, where the other end proves that it holds the key. So a session that is taken up
/// again, which skips that proof, shows nothing.
final class ShownCertificate: Sendable {
    /// That of the connection whose task this is: requests of HTTP/1.1 and streams of HTTP/2 inherit it.
    @TaskLocal static var current: ShownCertificate?

    private let kept = Mutex<PeerCertificate?>(nil)

    var certificate: PeerCertificate? { kept.withLock { $0 } }

    /// Keeps what the other end sends; a request is read only once the handshake has proved it.
    func keep(_ chain: [NIOSSLCertificate]) throws {
        let read = PeerCertificate(chain: try chain.map { try $0.toDERBytes() })
        kept.withLock { $0 = read }
    }
}
