public import Core
import Documents
import Ports

/// What a hub would know of a spoke file, and what in it looks wrong though it may be right.
public enum SpokeReview {
    /// Reads a file as the hub does.
    ///
    /// - Parameters:
    ///   - file: the name for messages.
    ///   - operations: the table beside it; nil for none.
    ///
    /// Throws `HubError` with file, line, what was expected and the next step.
    public static func check(_ bytes: [UInt8], file: String, operations: [UInt8]?) throws -> JSON {
        let spoke = try read(bytes, file: file, operations: operations)
        let node: Node
        do { node = try Documents.load(bytes, file: file) } catch { throw refusal(error) }
        var answer = spoke.json(isActive: false).object ?? [:]
        answer["id"] = nil
        answer["active"] = nil
        answer["authentication"] = .texts(spoke.authentication.map(\.rawValue))
        answer["scopes"] = .texts(Set(spoke.actions.flatMap(\.scopes)).sorted())
        answer["addresses"] = .texts(
            ["{connection.url}"] + (spoke.oauth?.endpoints.values.sorted().filter { $0 != "{connection.url}" } ?? []))
        answer["operations"] = spoke.operations.map { .int(Int64($0.count)) } ?? .null
        answer["warnings"] = .array(
            warnings(spoke, node).map { ["line": .int(Int64($0.line)), "says": .string($0.says)] })
        return .object(answer)
    }

    static func read(_ bytes: [UInt8], file: String, operations: [UInt8]?) throws -> Spoke {
        do {
            let table = try operations.map { bytes throws(DocumentProblem) in
                try ProviderOperation.table(bytes, file: "the operations of \(file)")
            }
            return try Spoke.read(bytes, file: file, operations: table)
        } catch { throw refusal(error) }
    }

    private static func refusal(_ problem: DocumentProblem) -> HubError {
        HubError(
            .invalid, "bad_spoke_file", "\(problem). Correct the file; Docs/spoke-files.md explains every key.")
    }

    private typealias Warning = (line: Int, says: String)

    private static func warnings(_ spoke: Spoke, _ node: Node) -> [Warning] {
        let lines = Lines(node)
        var found: [Warning] = []
        for action in spoke.actions where action.destructive == .no && action.request.method != .get {
            let line = lines.action(action.key)
            if action.request.method == .delete {
                found.append(
                    (line, "action \(action.key) deletes, and says destructive: no. Say permanent or reversible."))
            } else if let word = Destructiveness.byName(action.key) {
                found.append(
                    (
                        line,
                        "action \(action.key) takes something away by its name, and says destructive: no. "
                            + "Should it be \(word.rawValue)?"
                    ))
            }
        }
        found += scopeWarnings(spoke, lines)
        for name in lines.members(of: "inputs") where !lines.texts.contains("#/inputs/\(name.key)") {
            found.append((name.line, "input \(name.key) is used by no action. Remove it."))
        }
        for name in lines.members(of: "sources") where !lines.texts.contains(name.key) {
            found.append((name.line, "source \(name.key) is cited by no permission. Remove it."))
        }
        if spoke.reasons.isEmpty {
            found.append(
                (
                    1,
                    "there are no reasons: every refusal of \(spoke.title) will be provider_refused. Map its codes, or "
                        + "statuses such as \"404\"."
                ))
        }
        return found.sorted { $0.line < $1.line }
    }

    /// Under OAuth, what is asked for without a scope is held back by nothing but the connection's list of actions.
    private static func scopeWarnings(_ spoke: Spoke, _ lines: Lines) -> [Warning] {
        guard spoke.authentication.contains(.oauth) else { return [] }
        let bare = spoke.actions.filter(\.scopes.isEmpty)
        if bare.count == spoke.actions.count {
            return [
                (
                    lines.member("authentication"),
                    "no action names a scope. That is right only where the administrator of the other system names the "
                        + "scopes: then they stand on the credential."
                )
            ]
        }
        var found = bare.map { (lines.action($0.key), "action \($0.key) needs no scope under oauth. Is that so?") }
        if spoke.operations == nil {
            found.append(
                (
                    1,
                    "there is no table of the provider's operations (NAME-operations.tsv) beside the file, so how far "
                        + "a grant reaches beyond the chosen actions cannot be counted."
                ))
        }
        return found
    }

    /// Where things stand in the file.
    private struct Lines {
        private let root: [(key: String, line: Int, value: Node)]
        /// Every single value of the file.
        let texts: Set<String>

        init(_ node: Node) {
            if case .map(let members) = node.content { root = members } else { root = [] }
            var texts: Set<String> = []
            Self.gather(node, &texts)
            self.texts = texts
        }

        func member(_ name: String) -> Int { root.first { $0.key == name }?.line ?? 1 }

        func members(of name: String) -> [(key: String, line: Int)] {
            guard case .map(let members)? = root.first(where: { $0.key == name })?.value.content else { return [] }
            return members.map { ($0.key, $0.line) }
        }

        func action(_ key: String) -> Int { members(of: "actions").first { $0.key == key }?.line ?? 1 }

        private static func gather(_ node: Node, _ texts: inout Set<String>) {
            switch node.content {
            case .scalar(let text, _): texts.insert(text)
            case .list(let items): for item in items { gather(item, &texts) }
            case .map(let members): for member in members { gather(member.value, &texts) }
            }
        }
    }
}
