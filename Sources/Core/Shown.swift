/// Text from outside made fit for a message.
public enum Shown {
    private static let most = 60

    /// A name that somebody sent: its first 60 characters on one line.
    public static func name(_ text: String) -> String {
        // Almost every name is short and of ASCII letters, and is shown as it is.
        if text.utf8.count <= most, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        let clean = line(String(text.unicodeScalars.prefix(most)))
        return text.unicodeScalars.count > most ? clean + "…" : clean
    }

    /// A name as one word of a command that somebody may paste into a shell (POSIX.1-2024 §2.2.2). `NAME` stands for
    /// one that would be cut, or read as an option.
    public static func argument(_ name: String) -> String {
        guard Self.name(name) == name, name.utf8.first != UInt8(ascii: "-") else { return "NAME" }
        let isPlain =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || "._-/@:+,%".utf8.contains(byte)
            }
        return isPlain ? name : "'" + name.replacing("'", with: "'\\''") + "'"
    }

    /// A text of any length on one line, with `?` for each character that is not plain.
    public static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isPlain ? $0 : "?" }))
    }
}

extension Unicode.Scalar {
    /// Whether it stands in a line of text as itself, and can neither move a cursor nor turn the direction of reading.
    ///
    /// Not plain: C0, DEL and C1 (ECMA-48 §5.3: U+009B begins a sequence like ESC [ does), line and paragraph
    /// separators, and the bidirectional controls (UAX #9 §2).
    public var isPlain: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}
