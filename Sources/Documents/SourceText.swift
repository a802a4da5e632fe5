import Core

/// What can be judged before the YAML parser sees a byte.
///
/// Aliases must be refused here: Yams expands them while it reads, and hashes keys, so that a small file could hold an
/// exponential key. The check is wider than YAML: it also refuses `*word` inside a text.
enum SourceText {
    static func check(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> String {
        guard bytes.count <= Limits.yamlBytes.value else {
            throw DocumentProblem(
                file: file, line: 1, what: "the file is over \(Limits.yamlBytes.value) bytes; split it")
        }
        var line = 1
        var previous = UInt8(ascii: "\n")
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
            if let what = problem(byte, after: previous, before: next) {
                throw DocumentProblem(file: file, line: line, what: what)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentProblem(file: file, line: firstInvalidLine(bytes), what: "not UTF-8; save the file as UTF-8")
        }
        for scalar in text.unicodeScalars where otherBreaks.contains(scalar) {
            let before = text.unicodeScalars.prefix { $0 != scalar }
            throw DocumentProblem(
                file: file, line: 1 + before.count { $0 == "\n" },
                what: "a character that other programs take for a line break or a byte order mark; remove it")
        }
        return text
    }

    private static let otherBreaks: Set<Unicode.Scalar> = ["\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}"]
    private static let beforeAlias = Set(" \n[{,:-?".utf8)
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
