import Core
import Documents

/// A flow names aliases only: an address or a credential in its file is refused by line, never shown.
enum LiteralBan {
    /// Looks at every key and value.
    static func check(_ node: Node, file: String) throws(DocumentProblem) {
        switch node.content {
        case .scalar(let text, _):
            if let what = found(in: text) { throw DocumentProblem(file: file, line: node.line, what: what) }
        case .list(let items):
            for item in items { try check(item, file: file) }
        case .map(let members):
            for member in members {
                if ["connection", "credential", "url", "host"].contains(member.key) {
                    throw DocumentProblem(
                        file: file, line: member.line,
                        what: "a flow names no \(member.key); \"uses\" maps each spoke to an alias, which leads to it")
                }
                try check(member.value, file: file)
            }
        }
    }

    /// Whether an argument of that name would hold a credential.
    static func isSecretName(_ name: String) -> Bool {
        let words = name.lowercased().split { $0 == "_" || $0 == "-" }
        return words.contains { ["password", "secret", "token", "authorization", "apikey", "passphrase"].contains($0) }
            || words.suffix(2) == ["api", "key"] || words.suffix(2) == ["private", "key"]
    }

    private static func found(in text: String) -> String? {
        if text.contains("://") {
            return "a flow holds no URL; name an alias under \"uses\""
        }
        let starts = ["SSWS ", "Bearer ", "Basic ", "-----BEGIN ", "eyJ"]
        if starts.contains(where: text.hasPrefix) || hasLongRun(text) {
            return "this looks like a credential; a flow holds none, the alias leads to it"
        }
        return nil
    }

    /// Forty or more characters in a row of the kind that tokens are made of, digits and letters among them.
    private static func hasLongRun(_ text: String) -> Bool {
        text.utf8.split { !isTokenByte($0) }.contains { run in
            run.count >= 40 && run.contains { (0x30...0x39).contains($0) } && run.contains { $0 >= 0x41 && $0 != 0x5F }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
