/// Base64 (RFC 4648 §4), strict: padding where it belongs, no other character, unused bits zero.
public enum Base64 {
    /// The text, padded.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let text = Base64URL.encode(bytes).map { character -> Character in
            character == "-" ? "+" : character == "_" ? "/" : character
        }
        return String(text) + String(repeating: "=", count: (3 - bytes.count % 3) % 3)
    }

    /// The bytes; nil for anything else.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count.isMultiple(of: 4) else { return nil }
        let body = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.count - body.count
        guard padding <= 2, text.dropFirst(body.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        var urlSafe: [UInt8] = []
        for character in body {
            switch character {
            case UInt8(ascii: "+"): urlSafe.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): urlSafe.append(UInt8(ascii: "_"))
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: urlSafe.append(character)
            }
        }
        return Base64URL.decode(String(decoding: urlSafe, as: UTF8.self))
    }
}
