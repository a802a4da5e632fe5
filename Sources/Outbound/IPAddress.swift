#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An IP address as its bytes: 4 or 16 of them.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In network order.
    public let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a literal as the C library does in numeric mode; nil for names and other spellings.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    /// The usual text.
    public var description: String {
        var text = [UInt8](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        let found = text.withUnsafeMutableBytes { room in
            room.withMemoryRebound(to: CChar.self) { characters in
                inet_ntop(family, bytes, characters.baseAddress, socklen_t(characters.count)) != nil
            }
        }
        return found ? String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) : "?"
    }

    /// The IPv4 address inside an IPv6 one that stands for it: v4-mapped and v4-compatible (RFC 4291 §2.5.5),
    /// NAT64 (RFC 6052 §2.1), 6to4 (RFC 3056 §2); nil for others.
    var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let last = IPAddress(bytes: Array(bytes[12...]))
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == bytes[11], [0, 0xFF].contains(bytes[10]) {
            let isV6Own = bytes[10] == 0 && bytes[12...14].allSatisfy { $0 == 0 } && bytes[15] <= 1
            return isV6Own ? nil : last
        }
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)) { return last }
        if bytes.starts(with: [0x20, 0x02]) { return IPAddress(bytes: Array(bytes[2..<6])) }
        return nil
    }
}
