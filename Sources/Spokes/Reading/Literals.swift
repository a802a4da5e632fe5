import Documents

/// Refuses what must never stand in a spoke file: credentials and the addresses of tenants.
///
/// A guess on the safe side: what merely looks like one is refused too. The message never quotes the value.
enum Literals {
    static func refuse(in node: Node, file: String) throws(DocumentProblem) {
        switch node.content {
        case .scalar(let text, _):
            if let what = problem(with: text) { throw DocumentProblem(file: file, line: node.line, what: what) }
        case .list(let items):
            for item in items { try refuse(in: item, file: file) }
        case .map(let members):
            for member in members {
                if let what = problem(with: member.key) {
                    throw DocumentProblem(file: file, line: member.line, what: what)
                }
                if case .scalar(let text, _) = member.value.content, namesSecret(member.key), !isPlaceholder(text) {
                    throw DocumentProblem(
                        file: file, line: member.line,
                        what: "a key that names a secret has a literal value; credentials belong in the vault")
                }
                try refuse(in: member.value, file: file)
            }
        }
    }

    private static let secretNames = ["password", "passwd", "secret", "token", "apikey", "api_key", "private_key"]
    private static let hostEndings = [".com", ".net", ".org", ".io", ".dev", ".cloud", ".app", ".gov", ".eu", ".local"]

    private static func namesSecret(_ key: String) -> Bool {
        let key = key.lowercased().replacing("-", with: "_")
        return key == "authorization" || secretNames.contains { key.contains($0) }
    }

    /// A placeholder, or a plain path of the connection's own system.
    private static func isPlaceholder(_ text: String) -> Bool {
        text.hasPrefix("{") && text.hasSuffix("}") || text.hasPrefix("{connection.url}/") && !text.contains("?")
    }

    private static func problem(with text: String) -> String? {
        let lowered = text.lowercased()
        if lowered.contains("://") { return "a literal address; where a system is belongs in the connection" }
        if ["ssws ", "bearer ", "basic ey"].contains(where: lowered.contains) {
            return "something like a literal credential; credentials belong in the vault"
        }
        for word in text.split(whereSeparator: { !isTokenByte($0) }) {
            if looksRandom(word) { return "something like a literal credential; credentials belong in the vault" }
            let host = word.lowercased()
            if hostEndings.contains(where: host.hasSuffix), host.utf8.count > 4 {
                return "a literal host name; where a system is belongs in the connection"
            }
        }
        return nil
    }

    private static func isTokenByte(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_-.+=".contains(character))
    }

    /// Long, with digits among letters of both cases; or long and hexadecimal.
    private static func looksRandom(_ word: Substring) -> Bool {
        let digits = word.count(where: \.isNumber)
        guard word.utf8.count >= 20, digits >= 2 else { return false }
        let isMixed = word.contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
        return isMixed || (word.utf8.count >= 32 && word.allSatisfy(\.isHexDigit))
    }
}
