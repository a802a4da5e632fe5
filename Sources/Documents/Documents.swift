public import Core
import Yams

/// The one way to read spoke and flow files: a small, strict part of YAML 1.2.
public enum Documents {
    /// Reads a file that holds one document.
    ///
    /// Refused, with the line: anchors, aliases, merge keys, tags, directives, keys that come twice or are no text, a
    /// second document, tabs and other control characters, invalid UTF-8, nesting over `Limits.jsonDepth`, more than
    /// `Limits.yamlNodes` values, more than `Limits.yamlBytes` bytes.
    ///
    /// - Parameter file: the name for messages.
    public static func load(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> Node {
        try load(bytes, file: file, .own)
    }

    /// Reads a description that somebody else published, as YAML or JSON, for looking things up in it.
    ///
    /// Larger than our own files (`Limits.openAPIBytes`, `openAPINodes`) and more lenient: tabs, tags, asterisks in texts
    /// and anchors that nobody uses pass. Refused all the same: aliases, merge keys, keys that come twice, control
    /// characters, nesting over `Limits.jsonDepth`.
    public static func published(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> JSON {
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard first == UInt8(ascii: "{"), bytes.count <= Limits.openAPIBytes.value else {
            return try load(bytes, file: file, .published).json
        }
        do { return try JSON.read(bytes, members: Limits.openAPINodes) } catch {
            let line = 1 + bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") }
            throw DocumentProblem(file: file, line: line, what: "not JSON: \(error.what)")
        }
    }

    private static func load(_ bytes: [UInt8], file: String, _ origin: Origin) throws(DocumentProblem) -> Node {
        let text = try SourceText.check(bytes, file: file, origin)
        do {
            // Anchors are held weakly by their nodes and alive only as long as the parser.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    throw DocumentProblem(file: file, line: 1, what: "the file is empty; it must hold one map")
                }
                var builder = NodeBuilder(file: file, origin)
                return try builder.node(root, depth: 0)
            }
        } catch let problem as DocumentProblem {
            throw problem
        } catch let error as YamlError {
            throw DocumentProblem(yaml: error, file: file)
        } catch {
            throw DocumentProblem(file: file, line: 1, what: "the file is not readable as YAML")
        }
    }
}

/// Whose file it is.
enum Origin {
    /// A spoke or flow file: as strict as can be.
    case own
    /// Somebody else's, which is only looked into.
    case published

    var bytes: Bound { self == .own ? Limits.yamlBytes : Limits.openAPIBytes }
    var nodes: Bound { self == .own ? Limits.yamlNodes : Limits.openAPINodes }
}

extension DocumentProblem {
    fileprivate init(yaml error: YamlError, file: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            self.init(file: file, line: mark.line, what: "not YAML: \(problem)")
        case .composer(_, let problem, let mark, _):
            self.init(file: file, line: mark.line, what: "\(problem); a file holds one document")
        case .duplicatedKeysInMapping(let keys, let context):
            let name = Shown.name(keys.first ?? "")
            self.init(file: file, line: context.mark.line, what: "the key \"\(name)\" comes twice in this map")
        case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(file: file, line: 1, what: "the file is not readable as YAML")
        }
    }
}
