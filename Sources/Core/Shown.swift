/// Text from outside made fit for a message: at most 60 characters, control characters replaced.
public enum Shown {
    /// A name that somebody sent, shortened and without control characters.
    public static func name(_ text: String) -> String {
        let clean = line(String(text.unicodeScalars.prefix(60)))
        return text.unicodeScalars.count > 60 ? clean + "…" : clean
    }

    /// A text of any length on one line: nothing in it can move a cursor, colour a terminal or turn the direction in
    /// which the rest is read.
    public static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    /// C0, DEL and C1 (ECMA-48 §5.3: U+009B begins a sequence like ESC [ does), line and paragraph separators, and the
    /// bidirectional controls (UAX #9 §2).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
