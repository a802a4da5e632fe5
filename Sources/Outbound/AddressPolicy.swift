/// Which addresses the hub may connect to. Without more said: public ones only.
///
/// Against server-side request forgery: a connection's URL is an administrator's text, and its name resolves to
/// whatever somebody else's DNS says.
public struct AddressPolicy: Sendable, Equatable {
    /// Whether private networks (RFC 1918 §3, RFC 4193 §3) are allowed; for hubs whose outside systems are inside.
    public var allowsPrivate: Bool

    /// States a policy.
    public init(allowsPrivate: Bool) { self.allowsPrivate = allowsPrivate }

    /// Public addresses only.
    public static let safe = AddressPolicy(allowsPrivate: false)

    /// Whether connecting to the address is forbidden.
    ///
    /// - Parameter toLoopback: whether this request may go to loopback, and then nowhere else.
    public func forbids(_ address: IPAddress, toLoopback: Bool = false) -> Bool {
        let meant = address.embedded ?? address
        if Self.isLoopback(address) { return !toLoopback }
        if toLoopback { return true }
        let never = meant.bytes.count == 4 ? Self.never4 : Self.never6
        if never.contains(where: { $0.holds(meant) }) { return true }
        let inside = meant.bytes.count == 4 ? Self.private4 : Self.private6
        return !allowsPrivate && inside.contains { $0.holds(meant) }
    }

    /// 127.0.0.0/8 and ::1 themselves; forms that embed them are not loopback, they are forbidden.
    static func isLoopback(_ address: IPAddress) -> Bool {
        address.bytes.count == 4 ? address.bytes[0] == 127 : address.bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    struct Block: Sendable {
        let prefix: [UInt8]
        let bits: Int

        func holds(_ address: IPAddress) -> Bool {
            let whole = bits / 8
            guard address.bytes.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
            let rest = bits % 8
            guard rest > 0 else { return true }
            return (address.bytes[whole] ^ prefix[whole]) >> UInt8(8 - rest) == 0
        }
    }

    /// Never a destination: this network, carrier NAT, loopback, link-local with cloud metadata (169.254.169.254),
    /// protocol assignments, documentation, benchmarks, 6to4 relay, multicast, reserved (RFC 6890 §2.2.2).
    private static let never4: [Block] = [
        Block(prefix: [0], bits: 8), Block(prefix: [100, 64], bits: 10), Block(prefix: [127], bits: 8),
        Block(prefix: [169, 254], bits: 16), Block(prefix: [192, 0, 0], bits: 24),
        Block(prefix: [192, 0, 2], bits: 24), Block(prefix: [192, 88, 99], bits: 24),
        Block(prefix: [198, 18], bits: 15), Block(prefix: [198, 51, 100], bits: 24),
        Block(prefix: [203, 0, 113], bits: 24), Block(prefix: [224], bits: 3),
    ]
    private static let private4: [Block] = [
        Block(prefix: [10], bits: 8), Block(prefix: [172, 16], bits: 12), Block(prefix: [192, 168], bits: 16),
    ]
    /// Unspecified and the rest of ::/96, discard, Teredo and other assignments, documentation, site-local,
    /// link-local, multicast (RFC 6890 §2.2.3); cloud metadata at fd00:ec2::254; local NAT64 (RFC 8215 §5).
    private static let never6: [Block] = [
        Block(prefix: [UInt8](repeating: 0, count: 12), bits: 96), Block(prefix: [0x01, 0], bits: 16),
        Block(prefix: [0x20, 0x01, 0], bits: 23), Block(prefix: [0x20, 0x01, 0x0D, 0xB8], bits: 32),
        Block(prefix: [0xFE, 0x80], bits: 10), Block(prefix: [0xFE, 0xC0], bits: 10), Block(prefix: [0xFF], bits: 8),
        Block(prefix: [0xFD, 0, 0x0E, 0xC2], bits: 32), Block(prefix: [0, 0x64, 0xFF, 0x9B, 0, 1], bits: 48),
    ]
    private static let private6: [Block] = [Block(prefix: [0xFC], bits: 7)]
}
