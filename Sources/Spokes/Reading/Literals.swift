import Core
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
        .map { Array($0.utf8) }
    private static let openings = ["ssws ", "bearer ", "basic ey"].map { Array($0.utf8) }
    private static let hostEndings = [".com", ".net", ".org", ".io", ".dev", ".cloud", ".app", ".gov", ".eu", ".local"]
        .map { Array($0.utf8) }

    /// Whether a text may stand in a spoke file.
    static func isFit(_ text: String) -> Bool { problem(with: text) == nil }

    /// Whether a member of that name may only hold a placeholder.
    static func namesSecret(_ key: String) -> Bool {
        let key = key.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        return key.elementsEqual("authorization".utf8) || secretNames.contains { holds(key, $0) }
    }

    /// A placeholder, a plain path of the connection's own system, or a yes or no, which is no secret.
    private static func isPlaceholder(_ text: String) -> Bool {
        text == "true" || text == "false" || text.hasPrefix("{") && text.hasSuffix("}")
            || text.hasPrefix("{connection.url}/") && !text.utf8.contains(UInt8(ascii: "?"))
    }

    /// By bytes: every start of a hub reads every text of every file.
    private static func problem(with text: String) -> String? {
        let lowered = Array(text.lowercased().utf8)
        if holds(lowered, Array("://".utf8)) { return "a literal address; where a system is belongs in the connection" }
        if openings.contains(where: { holds(lowered, $0) })
            || Array(text.utf8).split(whereSeparator: { !isTokenByte($0) }).contains(where: looksRandom)
        {
            return "something like a literal credential; credentials belong in the vault"
        }
        let words = lowered.split { !isTokenByte($0) }
        if words.contains(where: { word in word.count > 4 && hostEndings.contains { word.suffix($0.count) == $0[...] } }
        ) {
            return "a literal host name; where a system is belongs in the connection"
        }
        return nil
    }

    private static func holds(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        text.indices.contains { text[$0] == word[0] && text[$0...].starts(with: word) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        isUppercase(byte) || isLowercase(byte) || isDigit(byte) || "_-.+=".utf8.contains(byte)
    }

    private static func isUppercase(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLowercase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Long, with digits among letters of both cases; or long and hexadecimal.
    private static func looksRandom(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count >= 20, word.count(where: isDigit) >= 2 else { return false }
        let isMixed = word.contains(where: isUppercase) && word.contains(where: isLowercase)
        return isMixed || (word.count >= 32 && word.allSatisfy { Hex.digit($0) != nil })
    }
}
