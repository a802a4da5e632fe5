import Core

/// What can be judged before the YAML parser sees a byte.
///
/// Aliases must be refused here: Yams expands them while it reads, and hashes keys, so that a small file could hold an
/// exponential key. The check is wider than YAML: in our own files it also refuses `*word` inside a text; in published
/// ones, whose texts are full of asterisks, a `*word` only where there is an `&word` that it could mean.
enum SourceText {
    static func check(_ bytes: [UInt8], file: String, _ origin: Origin) throws(DocumentProblem) -> String {
        guard bytes.count <= origin.bytes.value else {
            throw DocumentProblem(file: file, line: 1, what: "the file is over \(origin.bytes.value) bytes; split it")
        }
        let aliased = origin == .own ? [] : usedAnchors(bytes)
        var line = 1
        var previous = UInt8(ascii: "\n")
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
            let isLenient = origin == .published && isLeniently(byte, at: index, of: bytes, aliased)
            if !isLenient, let what = problem(byte, after: previous, before: next) {
                throw DocumentProblem(file: file, line: line, what: what)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentProblem(file: file, line: firstInvalidLine(bytes), what: "not UTF-8; save the file as UTF-8")
        }
        guard origin == .own else { return text }
        for scalar in text.unicodeScalars where otherBreaks.contains(scalar) {
            let before = text.unicodeScalars.prefix { $0 != scalar }
            throw DocumentProblem(
                file: file, line: 1 + before.count { $0 == "\n" },
                what: "a character that other programs take for a line break or a byte order mark; remove it")
        }
        return text
    }

    /// Whether a published file may hold here what our own may not.
    private static func isLeniently(
        _ byte: UInt8, at index: Int, of bytes: [UInt8], _ aliased: Set<ArraySlice<UInt8>>
    ) -> Bool {
        switch byte {
        case UInt8(ascii: "\t"), UInt8(ascii: "%"): true
        case UInt8(ascii: "*"): !aliased.contains(name(after: index, in: bytes))
        default: false
        }
    }

    /// The names that stand both behind an `&` and behind a `*` where a value may begin: only these could be anchors with
    /// aliases.
    private static func usedAnchors(_ bytes: [UInt8]) -> Set<ArraySlice<UInt8>> {
        func names(_ mark: UInt8) -> Set<ArraySlice<UInt8>> {
            let places = bytes.indices.filter {
                bytes[$0] == mark && ($0 == 0 || beforeAlias.contains(bytes[$0 - 1]))
            }
            return Set(places.map { name(after: $0, in: bytes) }.filter { !$0.isEmpty })
        }
        return names(UInt8(ascii: "&")).intersection(names(UInt8(ascii: "*")))
    }

    /// What libyaml takes for the name of an anchor: letters, digits, `_` and `-`.
    private static func name(after index: Int, in bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes[(index + 1)...].prefix { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == 0x5F || byte == 0x2D
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    private static let otherBreaks: Set<Unicode.Scalar> = ["\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}"]
    private static let beforeAlias = Set(" \t\n[{,:-?".utf8)
    private static let notAliasName = Set(" \n\r*[]{},'\"".utf8)

    private static func problem(_ byte: UInt8, after previous: UInt8, before next: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "\n"): nil
        case UInt8(ascii: "\r"): next == UInt8(ascii: "\n") ? nil : "a lone carriage return; end lines with a line feed"
        case UInt8(ascii: "\t"): "a tab; indent with spaces"
        case 0..<0x20, 0x7F: "a control character; remove it"
        case UInt8(ascii: "%") where previous == UInt8(ascii: "\n"): "a directive; a file has none"
        case UInt8(ascii: "*") where beforeAlias.contains(previous) && !notAliasName.contains(next):
            "an alias; write the value out (in text, put a space after the asterisk)"
        default: nil
        }
    }

    private static func firstInvalidLine(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let index = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        return (index ?? 0) + 1
    }
}
