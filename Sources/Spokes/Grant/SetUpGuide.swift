import Core

/// A grant's set-up at the provider, filled in: for a person, for a program, for Terraform.
struct SetUpGuide: Sendable {
    let way: SetUp.Way
    let grant: Grant
    /// What stands for `SetUp.Word`s; what is missing shows as its name in capitals, for a person to fill.
    let words: [SetUp.Word: String]
    /// The addresses of the chosen resources.
    var members: [String] = []

    var json: JSON {
        [
            "steps": .array(
                steps.map { step in
                    [
                        "says": .string(filled(step.says, list: sentence)),
                        "copy": .array(
                            step.copies.map { ($0.label, filled($0.text, list: lines)) }.filter { $0.1 != "" }
                                .map { ["label": .string($0.0), "text": .string($0.1)] }),
                    ]
                }),
            "terraform": way.terraform.map { .string(filled($0, list: quoted)) } ?? .null,
        ]
    }

    private var steps: [SetUp.Step] { way.steps.filter { grant.hasAny(of: $0.needs) } }

    private func filled(_ text: String, list: ([String]) -> String) -> String {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            index.isMultiple(of: 2) ? String(part) : value(of: String(part), list)
        }.joined()
    }

    private func value(of name: String, _ list: ([String]) -> String) -> String {
        if let part = SetUp.Part(rawValue: name) { return list(grant.names(of: part)) }
        guard let word = SetUp.Word(rawValue: name) else { return "" }
        if word == .members { return list(members) }
        return words[word] ?? word.rawValue.uppercased()
    }

    private func sentence(_ names: [String]) -> String { names.joined(separator: ", ") }
    private func lines(_ names: [String]) -> String { names.joined(separator: "\n") }
    /// The inside of a list of HashiCorp's language. A name of a spoke file holds no quote (`SetUp` checks nothing of
    /// it, the readers of scopes and permissions do).
    private func quoted(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}
