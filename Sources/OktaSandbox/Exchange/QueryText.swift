import Core

/// The texts of a path or a query as they were meant, decoded once.
enum QueryText {
    /// The text, or nil for a broken escape, text that is not UTF-8, or a NUL.
    static func decode(_ text: some StringProtocol) -> String? {
        guard let bytes = PercentEncoding.decode(text.utf8), !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The parameters of a query, in order; nil when one cannot be decoded.
    static func query(_ text: String) -> [(name: String, value: String)]? {
        var found: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let pair = part.replacing("+", with: " ").split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(pair[0]), let value = decode(pair.count > 1 ? pair[1] : "") else { return nil }
            found.append((name, value))
        }
        return found
    }
}
