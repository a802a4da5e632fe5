import Core

/// An API that takes tokens, as a request and a client's settings name it.
enum ResourceServer {
    /// RFC 8707 §2 (MUST): an absolute URI (RFC 3986 §4.3) without a fragment.
    static func isWellFormed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.resourceServerBytes.value, let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else {
            return false
        }
        let (scheme, rest) = (bytes[..<colon], bytes[(colon + 1)...])
        return scheme.first.map(isLetter) ?? false
            && scheme.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) }
            && !rest.isEmpty && rest.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"#\"\\<>^`{|}".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
