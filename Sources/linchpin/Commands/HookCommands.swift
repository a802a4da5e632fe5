import ArgumentParser
import Core
import Hub

enum HookNoun: Noun {
    static let name = "hook"
    static let path = "/hooks"
    static let columns: [Column] = ["name", "spoke", "alias", "active", "verified_at", "received_at", "findings"]

    /// The hook, then the latest events it got as a table.
    static func show(_ answer: JSON) {
        Show.answer(
            answer, then: "latest", ["published", "type", "received_at", "via", "late", "id", "correlation"])
    }
}

/// `linchpin hook …`
struct HookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Addresses to which outside systems send events.",
        subcommands: [
            Create.self, ListCommand<HookNoun>.self, GetCommand<HookNoun>.self, Update.self, RotateSecret.self,
            Compare.self, DeleteCommand<HookNoun>.self,
        ])

    /// What both commands take.
    struct Choices: ParsableArguments {
        @Option(help: "The alias through which the system's own log is read, so that losses are found.")
        var alias: String?
        @Option(help: "The header that carries the secret; x-linchpin-hook if not given.") var header: String?
        @Option(name: .customLong("type"), help: "A type of event that the system sends here; repeat for more.")
        var types: [String] = []

        func set(_ body: inout Body) {
            body.set("alias", alias)
            body.set("header", header)
            body.set("types", types)
        }
    }

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make an address for an outside system's events.",
            discussion: "It refuses everything until it has a secret: linchpin hook rotate-secret NAME.")
        @Argument(help: "A unique name, which the address ends in.") var name: String
        @Option(help: "The spoke of the system that sends, such as okta.") var spoke: String
        @OptionGroup var choices: Choices
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("spoke", spoke)
            choices.set(&body)
            return try await hub.call("POST", "/hooks", body.json)
        }

        func done(_ answer: JSON) -> String {
            "hook \(name) created  \(Show.text(answer["url"] ?? .null))\n"
                + "Next: linchpin hook rotate-secret \(name)\(hub.folder.words)"
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change a hook; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @OptionGroup var choices: Choices
        @Flag(help: "Read the system's log no more, so losses are not found.") var noAlias = false
        @Option(help: "Whether it takes anything in: true or false.") var active: Bool?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            choices.set(&body)
            if noAlias { body.set("no_alias", true) }
            body.set("active", active)
            return try await hub.call("PATCH", "/hooks/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String { "hook \(name) updated" }
    }

    struct RotateSecret: Act {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret", abstract: "Make a secret; it is shown once, here.",
            discussion:
                "The one before is taken for another day. With --json into a file of mode 0600 it passes no screen.")
        @Argument(help: "The hook's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/hooks/\(PercentEncoding.encode(name))/rotate-secret", [:])
        }

        func done(_ answer: JSON) -> String {
            "\(Show.text(answer["header"] ?? .null)): \(Show.text(answer["secret"] ?? .null))  shown once: keep it now\n"
                + "address \(Show.text(answer["url"] ?? .null))"
                + (answer["old_secret_until"]?.string.map { "  former secret until \($0)" } ?? "")
        }
    }

    struct Compare: Act {
        static let configuration = CommandConfiguration(
            commandName: "compare", abstract: "Compare with the system's own log now, and take in what never arrived.",
            discussion: "The hub does so by itself every few minutes.")
        @Argument(help: "The hook's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/hooks/\(PercentEncoding.encode(name))/compare", [:])
        }

        func isGood(_ answer: JSON) -> Bool { answer["not_compared"] == .null }

        func done(_ answer: JSON) -> String {
            if answer["not_compared"] == .null, answer["compared_until"] == .null {
                return "hook \(name): nothing to compare yet; what happened just now may still be under way"
            }
            return answer["not_compared"]?.string
                ?? "hook \(name) compared up to \(Show.text(answer["compared_until"] ?? .null))  "
                + "found \(Show.text(answer["found"] ?? .null)) that had not arrived"
        }
    }
}
