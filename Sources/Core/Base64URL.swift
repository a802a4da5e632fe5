/// Base64url without padding (RFC 4648 §5; RFC 7515 §2), one text per value.
public enum Base64URL {
    private static let alphabet = Base64Alphabet(last: "-_")

    /// The text, without `=`.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        // Copied first: called from another module this generic code is not specialised, and each byte would cost a
        // call.
        String(decoding: alphabet.encode(Array(bytes)), as: UTF8.self)
    }

    /// The bytes, or nil for padding, another alphabet, or unused bits that are not zero.
    ///
    /// RFC 4648 §3.5 (MAY): refuse non-zero pad bits. We do, so that a token has one spelling only.
    public static func decode(_ text: String) -> [UInt8]? { alphabet.decode(Array(text.utf8)[...]) }
}
