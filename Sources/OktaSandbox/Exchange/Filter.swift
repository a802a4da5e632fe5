import Core

/// A filter as Okta takes it, without brackets: `status eq "ACTIVE" and profile.department sw "Sal"`.
///
/// `and` binds closer than `or`, `not` closer than both. Texts compare without regard to case, moments as text, which
/// is their order too. An attribute with several values holds if one of them does.
struct Filter {
    private struct Term {
        let attribute: String
        let isNegated: Bool
        let compare: (String?) -> Bool
    }

    private static let mostWords = 200

    /// One of these holds if all in it do.
    private let alternatives: [[Term]]

    /// Reads a filter; nil when it is not one, or names an attribute that is not known here.
    init?(_ text: String, knows: (String) -> Bool) {
        guard let words = Self.words(text), words.count <= Self.mostWords else { return nil }
        var alternatives: [[Term]] = [[]]
        var rest = words[...]
        while true {
            let isNegated = rest.first.map { !$0.isQuoted && $0.text.lowercased() == "not" } ?? false
            if isNegated { rest.removeFirst() }
            guard let attribute = rest.popFirst(), !attribute.isQuoted, knows(attribute.text),
                let operation = rest.popFirst(), !operation.isQuoted,
                let compare = Self.comparison(operation.text, &rest)
            else { return nil }
            alternatives[alternatives.count - 1].append(
                Term(attribute: attribute.text, isNegated: isNegated, compare: compare))
            guard let joint = rest.popFirst() else { break }
            switch (joint.text.lowercased(), joint.isQuoted) {
            case ("and", false): continue
            case ("or", false): alternatives.append([])
            default: return nil
            }
        }
        self.alternatives = alternatives
    }

    /// Whether it holds for what has these values.
    func holds(_ values: (String) -> [String]) -> Bool {
        alternatives.contains { terms in
            terms.allSatisfy { term in
                let found = values(term.attribute)
                let isSo = found.isEmpty ? term.compare(nil) : found.contains(where: term.compare)
                return isSo != term.isNegated
            }
        }
    }

    private static func comparison(
        _ operation: String, _ rest: inout ArraySlice<(text: String, isQuoted: Bool)>
    ) -> ((String?) -> Bool)? {
        if operation.lowercased() == "pr" { return { $0?.isEmpty == false } }
        guard let operand = rest.popFirst(), operand.isQuoted else { return nil }
        let wanted = operand.text.lowercased()
        return switch operation.lowercased() {
        case "eq": { $0?.lowercased() == wanted }
        case "ne": { $0?.lowercased() != wanted }
        case "ew": { $0?.lowercased().hasSuffix(wanted) == true }
        case "sw": { $0?.lowercased().hasPrefix(wanted) == true }
        case "co": { $0?.lowercased().contains(wanted) == true }
        case "gt": { $0.map { $0.lowercased() > wanted } ?? false }
        case "ge": { $0.map { $0.lowercased() >= wanted } ?? false }
        case "lt": { $0.map { $0.lowercased() < wanted } ?? false }
        case "le": { $0.map { $0.lowercased() <= wanted } ?? false }
        default: nil
        }
    }

    /// The words of a filter; text between double quotes is one word (RFC 7644 §3.4.2.2: JSON string rules, of which
    /// only the two needed escapes are known here). Nil for a quote without its partner.
    private static func words(_ text: String) -> [(text: String, isQuoted: Bool)]? {
        var words: [(text: String, isQuoted: Bool)] = []
        var rest = text[...]
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if first == "\"" {
                guard let word = quoted(&rest) else { return nil }
                words.append((word, true))
            } else {
                let word = rest.prefix { $0 != " " && $0 != "\"" }
                words.append((String(word), false))
                rest = rest[word.endIndex...]
            }
        }
        return words
    }

    private static func quoted(_ rest: inout Substring) -> String? {
        rest.removeFirst()
        var word = ""
        while let next = rest.popFirst() {
            if next == "\"" { return word }
            guard next == "\\" else {
                word.append(next)
                continue
            }
            guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
            word.append(escaped)
        }
        return nil
    }
}
