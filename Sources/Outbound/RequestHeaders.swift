import Core
import NIOHTTP1
import Ports

/// Turns headers into those of the request head. The one place where a header's secret is revealed.
enum RequestHeaders {
    static func build(_ headers: [(name: String, value: HeaderValue)]) throws(OutboundFailure) -> HTTPHeaders {
        var built = HTTPHeaders()
        for header in headers {
            guard isName(header.name), !reserved.contains(header.name.lowercased()) else { throw unfit }
            let value: [UInt8] =
                switch header.value {
                case .plain(let text): Array(text.utf8)
                case .secret(let prefix, let secret): Array(prefix.utf8) + secret.reveal { $0 }
                }
            // RFC 9110 §5.5: no line break or other control character. Judged on bytes: Swift takes CR LF for one
            // character.
            guard value.count <= Limits.headerBytes.value, value.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw unfit
            }
            built.add(name: header.name, value: String(decoding: value, as: UTF8.self))
        }
        return built
    }

    private static let unfit = OutboundFailure.notSent(
        reason: "header_unfit", says: "a header of the request holds characters that headers can't hold.")

    /// What the client itself sets; two of them would let one request be read as two (RFC 9112 §11.2).
    private static let reserved: Set<String> = ["host", "content-length", "transfer-encoding", "connection", "te"]

    /// RFC 9110 §5.6.2: a token.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
