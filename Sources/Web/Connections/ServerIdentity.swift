import Core
import Hub
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// What new connections are served with; follows its files while the hub runs.
///
/// A pair that cannot be used changes nothing: the old one stays, and the log and `Attention` say so. A new context
/// also ends every session ticket of the old one.
final class ServerIdentity: Service {
    private struct State {
        var context: NIOSSLContext
        var end: Timestamp
        /// The files as they were last judged.
        var mark: CertificateFiles.Mark
        /// A version that could not be used: said once it has stayed so, for files change one after the other.
        var bad: CertificateFiles.Mark?
    }

    private let find: @Sendable () throws -> CertificateFiles
    private let effects: Effects
    private let attention: Attention
    private let logger: Logger
    private let state: Mutex<State>
    private let asksClients: Bool

    /// Reads the files; throws `HubError` when they cannot be used.
    ///
    /// - Parameters:
    ///   - asksClients: whether connections are asked for a client certificate.
    ///   - find: names the files, and renews them where they are the hub's own.
    init(
        effects: Effects, attention: Attention, logger: Logger, asksClients: Bool = false,
        find: @escaping @Sendable () throws -> CertificateFiles
    ) throws {
        self.find = find
        self.effects = effects
        self.attention = attention
        self.logger = logger
        self.asksClients = asksClients
        let files = try find()
        let mark = files.mark
        let loaded = try files.load(at: effects.now(), askingClients: asksClients)
        state = Mutex(State(context: loaded.context, end: loaded.end, mark: mark))
        warnOfEnd(loaded.end)
    }

    /// That of a hub; nil for plain HTTP.
    static func of(_ hub: Hub, logger: Logger) throws -> ServerIdentity? {
        guard hub.configuration.tls != nil else { return nil }
        return try ServerIdentity(
            effects: hub.effects, attention: hub.attention, logger: logger,
            asksClients: hub.configuration.clientCertificates.areAskedFor
        ) {
            guard let files = try hub.tlsFiles() else {
                throw HubError(.internal, "no_tls_files", "Internal error.", detail: "TLS without files")
            }
            return CertificateFiles(certificate: files.certificate, key: files.key)
        }
    }

    /// What a connection that opens now is served with.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// The handler that a connection begins with.
    ///
    /// Where client certificates are asked for, each connection has a context of its own. The library's servers hand
    /// out tickets by which a session is taken up again without the client's key (RFC 8446 §2.2), and cannot be told
    /// not to; a ticket of another context is worth nothing, so every connection proves its certificate anew.
    ///
    /// - Parameter shown: where the certificate is kept. Whoever holds its key is let in: what it is worth is judged by
    ///   the request (RFC 8705 §2.2, §4).
    func handler(keeping shown: ShownCertificate) throws -> NIOSSLServerHandler {
        let context = context
        guard asksClients else { return NIOSSLServerHandler(context: context) }
        return NIOSSLServerHandler(
            context: try NIOSSLContext(configuration: context.configuration),
            customVerificationCallback: { chain, promise in
                promise.completeWith(
                    Result {
                        try shown.keep(chain)
                        return .certificateVerified
                    })
            })
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await self.effects.sleep(Int64(Limits.certificateSeconds.value) * 1_000) } catch { return }
                self.look()
            }
        }
    }

    /// Looks whether the files have changed, and takes them if they are good.
    func look() {
        do {
            let files = try find()
            let mark = files.mark
            let isKnown = state.withLock { $0.mark == mark && $0.bad == nil }
            if isKnown { return warnOfEnd(state.withLock { $0.end }) }
            do {
                let loaded = try files.load(at: effects.now(), askingClients: asksClients)
                state.withLock { $0 = State(context: loaded.context, end: loaded.end, mark: mark) }
                _ = attention.settle(Attention.certificate)
                logger.notice("new connections use another certificate")
                warnOfEnd(loaded.end)
            } catch {
                let stays = state.withLock { state in
                    defer { state.bad = mark }
                    return state.bad == mark
                }
                if stays { complain(error) }
            }
        } catch { complain(error) }
    }

    private func complain(_ error: any Error) {
        let says = (error as? HubError)?.message ?? "The certificate files cannot be used."
        if attention.raise(Attention.certificate, says + " The hub goes on with the certificate that it has.") {
            logger.error("the new certificate is not used", metadata: ["error.detail": "\(error)"])
        }
    }

    private func warnOfEnd(_ end: Timestamp) {
        let soon = effects.now().adding(seconds: Int64(Limits.certificateEndDays.value) * 86_400)
        guard end < soon else { return }
        if attention.raise(Attention.certificate, "The certificate ends on \(end.rfc3339). Renew it.") {
            logger.warning("the certificate ends soon", metadata: ["certificate.end": "\(end.rfc3339)"])
        }
    }
}
