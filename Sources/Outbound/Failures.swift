import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import Ports

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Sorts errors by the one question that matters: can the request have arrived? When in doubt, it can.
enum Failures {
    static func judge(_ error: any Error) -> OutboundFailure {
        switch error {
        case is ForbiddenAddress:
            .notSent(
                reason: "address_forbidden",
                says: "the connection led to an address that the hub may not connect to. Nothing was sent.")
        case is UnpinnedKey:
            .notSent(
                reason: "pin_mismatch",
                says: "the host has a key that the connection does not pin. Nothing was sent. Find out from the "
                    + "provider whether it changed its key; if so, pin the new one.")
        case is ReplyReader.TooLarge:
            .unknown(reason: "reply_too_large", says: "the answer is larger than the hub takes.")
        case is ReplyReader.TooSlow:
            .unknown(reason: "timed_out", says: "the answer did not come in time.")
        case is NIOConnectionError:
            unreachable
        case let error as IOError where [ECONNREFUSED, ENETUNREACH].contains(error.errnoCode):
            unreachable
        case is NIOSSLExtraError:
            tlsFailed
        case let error as NIOSSLError:
            tls(error)
        case is CancellationError:
            givenUp
        case let error as HTTPClientError:
            error == .cancelled ? givenUp : client(error)
        case ChannelError.connectTimeout:
            unreachable
        default:
            broken
        }
    }

    /// The same failure, where it is certain that no connection could carry the request.
    static func notSent(_ failure: OutboundFailure, secure: Bool) -> OutboundFailure {
        switch failure {
        case .notSent: failure
        case .unknown("timed_out", _): unreachable
        case .unknown: secure ? hungUp : unreachable
        }
    }

    private static let givenUp = OutboundFailure.unknown(
        reason: "given_up", says: "the call was given up here before the answer came.")
    private static let unreachable = OutboundFailure.notSent(
        reason: "unreachable", says: "the host of the URL can't be reached. Check the URL and the network.")
    private static let tlsFailed = OutboundFailure.notSent(
        reason: "tls_failed",
        says: "the TLS handshake failed: the host's certificate is not trusted for its name, there is no common "
            + "version, or it wants a client certificate. Check the URL and the connection's trusted authorities.")
    private static let hungUp = OutboundFailure.notSent(
        reason: "tls_failed",
        says: "the host hung up during the TLS handshake. Check the URL, and whether it speaks TLS there.")
    private static let broken = OutboundFailure.unknown(
        reason: "connection_broken", says: "the connection broke before the answer was complete.")

    private static func tls(_ error: NIOSSLError) -> OutboundFailure {
        switch error {
        case .handshakeFailed, .unableToValidateCertificate, .noCertificateToValidate: tlsFailed
        default: broken
        }
    }

    private static func client(_ error: HTTPClientError) -> OutboundFailure {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: unreachable
        case .tlsHandshakeTimeout: tlsFailed
        case .proxyAuthenticationRequired:
            .notSent(
                reason: "proxy_refused_us",
                says: "the proxy does not take the connection's user and password for it. Set them again.")
        case .invalidProxyResponse, .httpProxyHandshakeTimeout:
            .notSent(
                reason: "proxy_failed",
                says: "the proxy opened no way to the host of the URL. Check the proxy, and what it allows.")
        case .alreadyShutdown, .invalidURL, .emptyHost, .emptyScheme:
            .notSent(reason: "not_sent", says: "the request could not be sent. The hub may be stopping.")
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            .unknown(reason: "timed_out", says: "the answer did not come in time.")
        default: broken
        }
    }
}
