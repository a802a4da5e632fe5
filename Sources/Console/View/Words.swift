/// Names of fields and states as people read them.
enum Words {
    /// What is not said as it is spelled.
    private static let names = [
        "oauth": "OAuth", "api_key": "API key", "jwt_bearer": "JWT bearer", "mcp-client": "MCP client",
    ]

    /// `token_seconds` and `add-secret` with spaces.
    static func spoken(_ name: String) -> String {
        names[name] ?? name.replacing("_", with: " ").replacing("-", with: " ")
    }

    /// The same with a capital, for a label or a button.
    static func label(_ name: String) -> String {
        let text = spoken(name)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// `30 min`, `1 h 30 min`, `45 s`.
    static func duration(_ seconds: Int64) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let said = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return said.isEmpty ? "0 s" : said.joined(separator: " ")
    }

    /// `0.4 ms`, `12 ms`, `1,204 ms`.
    static func milliseconds(_ microseconds: Int64) -> String {
        if microseconds < 10_000 { return "\(microseconds / 1000).\(microseconds / 100 % 10) ms" }
        return grouped(microseconds / 1000) + " ms"
    }

    /// `1,204`.
    static func grouped(_ number: Int64) -> String {
        guard number >= 1000 || number <= -1000 else { return String(number) }
        let rest = String((number % 1000).magnitude)
        return grouped(number / 1000) + "," + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }
}
