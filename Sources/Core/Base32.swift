/// Base 32 (RFC 4648 §6) without padding, as authenticator apps read their secrets.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// The text of the bytes: 8 characters for each 5 of them.
    public static func encode(_ bytes: [UInt8]) -> String {
        var (text, held, bits) = ([UInt8](), 0, 0)
        for byte in bytes {
            held = (held << 8 | Int(byte)) & 0xFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[held >> bits & 31])
            }
        }
        if bits > 0 { text.append(alphabet[held << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
