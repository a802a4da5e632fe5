/// Base64 (RFC 4648 §4), strict: padding where it belongs, no other character, unused bits zero.
public enum Base64 {
    private static let alphabet = Base64Alphabet(last: "+/")

    /// The text, padded.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let text = alphabet.encode(Array(bytes))
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return String(decoding: text + padding, as: UTF8.self)
    }

    /// The bytes; nil for anything else.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count.isMultiple(of: 4) else { return nil }
        let body = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.count - body.count
        guard padding <= 2, text.dropFirst(body.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        return alphabet.decode(body)
    }
}
