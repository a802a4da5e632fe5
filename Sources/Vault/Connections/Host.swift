/// A host of a URL in its one spelling: a DNS name, an IPv4 address, or an IPv6 address in brackets.
struct Host: Equatable, Sendable {
    /// In lowercase; IPv6 with its brackets.
    let text: String
    /// `localhost`, 127.0.0.0/8 or ::1.
    let isLoopback: Bool

    /// Reads a host; nil for anything that a resolver could read in more than one way.
    init?(_ bytes: [UInt8]) {
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        text = String(decoding: lower, as: UTF8.self)
        if lower.first == UInt8(ascii: "[") {
            guard lower.last == UInt8(ascii: "]"), let groups = Self.ipv6(text.dropFirst().dropLast()) else {
                return nil
            }
            isLoopback = groups == [0, 0, 0, 0, 0, 0, 0, 1]
            return
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard lower.count <= 253, labels.allSatisfy(Self.isLabel), let last = labels.last else { return nil }
        if Self.looksNumeric(last) {
            guard let octets = Self.ipv4(labels) else { return nil }
            isLoopback = octets[0] == 127
        } else {
            isLoopback = lower.elementsEqual("localhost".utf8)
        }
    }

    /// RFC 1123 §2.1: letters, digits and inner hyphens, 1 to 63.
    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
            && label.utf8.last != UInt8(ascii: "-")
            && label.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// Digits, or `0x…`: resolvers take such a last label for an address.
    private static func looksNumeric(_ label: Substring) -> Bool {
        label.utf8.starts(with: "0x".utf8) || label.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Four decimal numbers without leading zeros; `127.1` and `0x7f.1` are not addresses to us.
    private static func ipv4(_ labels: [Substring]) -> [Int]? {
        let octets = labels.compactMap { label -> Int? in
            guard let number = Int(label), String(number) == label, (0...255).contains(number) else { return nil }
            return number
        }
        return labels.count == 4 && octets.count == 4 ? octets : nil
    }

    /// RFC 4291 §2.2, forms 1 and 2; no zone, no embedded IPv4.
    private static func ipv6(_ text: Substring) -> [UInt16]? {
        let bytes = Array(text.utf8)
        let double = bytes.indices.dropLast().first { bytes[$0] == 0x3A && bytes[$0 + 1] == 0x3A }
        guard let double else {
            let groups = groups(bytes[...])
            return groups?.count == 8 ? groups : nil
        }
        guard let head = groups(bytes[..<double]), let tail = groups(bytes[(double + 2)...]),
            head.count + tail.count < 8
        else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let groups = parts.compactMap { part -> UInt16? in
            let isHex = part.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            guard (1...4).contains(part.count), isHex else { return nil }
            return UInt16(String(decoding: part, as: UTF8.self), radix: 16)
        }
        return groups.count == parts.count ? groups : nil
    }
}
