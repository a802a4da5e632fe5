import Core
import Foundation
import Testing

/// Every command that a sentence of the program proposes must exist, with its flags.
@Suite("Proposed commands") struct CommandWordsTests {
    /// One command as the argument parser dumps it.
    private struct Command {
        let inner: [String: JSON]
        let flags: Set<String>

        init(_ json: JSON) {
            let found = json["subcommands"]?.array ?? []
            inner = Dictionary(found.map { ($0["commandName"]?.string ?? "", $0) }) { first, _ in first }
            let names = (json["arguments"]?.array ?? []).flatMap { $0["names"]?.array ?? [] }
            flags = Set(names.compactMap { $0["kind"]?.string == "long" ? $0["name"]?.string : nil })
        }
    }

    /// What follows `linchpin ` and is no command: labels of keys, the name of a file.
    private static let labels: Set = ["csrf", "vault", "linchpin"]

    /// What stands for a value that is known later.
    private static let value: Character = "§"

    /// What is wrong with one proposal, such as `client list --all`; nil for nothing.
    private static func problem(_ words: [String], _ tree: JSON) -> String? {
        var (command, path) = (Command(tree), "linchpin")
        for word in words {
            if word.hasPrefix("--") {
                guard command.flags.contains(String(word.dropFirst(2))) else { return "\(path) has no \(word)" }
            } else if let next = command.inner[word] {
                command = Command(next)
                path += " \(word)"
            } else if !command.inner.isEmpty {
                // A command whose name is known later cannot be looked at.
                return word.contains(value) ? nil : "\(path) has no command \(word)"
            }
        }
        return nil
    }

    /// The proposals of a line: what follows `linchpin ` in a string literal, as far as it is words and flags.
    private static func proposals(in line: some StringProtocol) -> [[String]] {
        guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { return [] }
        let literals = plain(line).split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element)
        return literals.flatMap { literal in
            literal.matches(of: /linchpin((?: (?:--)?[a-z][a-z-]*| §+| [A-Z][A-Za-z]*)+)/).map { match in
                match.1.split(separator: " ").map(String.init)
            }.filter { !labels.contains($0[0]) }
        }
    }

    /// The line with `§` for each interpolation, whatever stands in it.
    private static func plain(_ line: some StringProtocol) -> String {
        var (text, depth, last): (String, Int, Character) = ("", 0, " ")
        for character in line {
            if depth > 0 {
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
            } else if last == "\\", character == "(" {
                text.removeLast()
                text.append(value)
                depth = 1
            } else {
                text.append(character)
            }
            last = character
        }
        return text
    }

    private static func tree() async throws -> JSON {
        let ran = try await Program.linchpin(["--experimental-dump-help"])
        let dumped = Array(ran.output.trimmingCharacters(in: .newlines).utf8)
        return try #require(try JSON.read(dumped, members: Limits.localMembers)["command"])
    }

    @Test("Every `linchpin …` in a sentence is a command that exists")
    func exist() async throws {
        let tree = try await Self.tree()
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let files =
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        var count = 0
        for file in files {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                for words in Self.proposals(in: line) {
                    count += 1
                    let problem = Self.problem(words, tree)
                    #expect(problem == nil, "\(file.lastPathComponent): \(problem ?? ""): \(line)")
                }
            }
        }
        #expect(count > 50, "the sentences were found")
    }

    @Test(
        "What is wrong with a proposal is seen",
        arguments: [
            (#""Run: linchpin client lst""#, "linchpin client has no command lst"),
            (
                #"let next = "linchpin credential update \(Shown.name(a["b"])) --set-secret""#,
                "linchpin credential update has no --set-secret"
            ),
            (#""Run: linchpin frob""#, "linchpin has no command frob"),
            (#""Run: linchpin credential update \(name) --secret""#, ""),
        ])
    func planted(_ line: String, _ expected: String) async throws {
        let tree = try await Self.tree()
        let found = Self.proposals(in: line).compactMap { Self.problem($0, tree) }
        #expect(found == (expected.isEmpty ? [] : [expected]))
    }
}
