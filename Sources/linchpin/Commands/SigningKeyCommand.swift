import ArgumentParser
import Core
import Hub

enum SigningKeyNoun: Noun {
    static let name = "signing-key"
    static let path = "/signing-keys"
    static let columns: [Column] = ["id", "algorithm", "state", "active_from", "retired_at", "removed_at"]
}

/// `linchpin signing-key …`
struct SigningKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing-key", abstract: "The keys that sign tokens.",
        subcommands: [ListCommand<SigningKeyNoun>.self, Rotate.self])

    struct Rotate: Act {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Make a successor of each key: published now, it signs a day later.",
            discussion: "Where a successor waits already, nothing is done.")
        @Option(help: "Only the key of this algorithm: ES256, RS256 or EdDSA.") var algorithm: String?
        @Flag(help: "Others may have the key: the new one signs now, tokens that the others signed are dead.")
        var atOnce = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("algorithm", algorithm)
            if atOnce { body.set("at_once", .bool(true)) }
            return try await hub.call("POST", "/signing-keys/rotate", body.json)
        }

        func done(_ answer: JSON) -> String {
            (answer["items"]?.array ?? []).map { key in
                ["id", "algorithm", "state", "active_from"].map { Show.text(key[$0] ?? .null) }.joined(separator: "  ")
            }.joined(separator: "\n")
        }
    }
}
