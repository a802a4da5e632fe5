import Core

/// A text with `{input}` in it.
struct Template: Sendable {
    enum Part: Sendable, Equatable {
        case literal(String)
        case input(String)
    }

    let parts: [Part]

    /// Splits a text at its placeholders; nil for a brace without its partner or an empty name.
    init?(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else { return nil }
            let name = rest[rest.index(after: open)..<close]
            guard !name.isEmpty, !name.contains("{") else { return nil }
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            parts.append(.input(String(name)))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        self.parts = parts
    }

    /// The names of its inputs.
    var inputs: [String] { parts.compactMap { if case .input(let name) = $0 { name } else { nil } } }

    /// The text with each input encoded; nil when an input is missing or can't be encoded.
    func filled(_ input: JSONObject, _ encode: (String) -> String?) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .input(let name):
                guard let value = input[name].flatMap(Self.text), let encoded = encode(value) else { return nil }
                text += encoded
            }
        }
        return text
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let truth): String(truth)
        case .null, .double, .array, .object: nil
        }
    }
}
