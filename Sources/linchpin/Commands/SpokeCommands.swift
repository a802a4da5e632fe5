import ArgumentParser
import Core
import Hub

enum SpokeNoun: Noun {
    static let name = "spoke"
    static let path = "/spokes"
    static let columns: [Column] = ["name", "title", "active", "version", "action_count"]

    /// The spoke, then its actions as a table.
    static func show(_ answer: JSON) {
        let title = Column("title") { Show.line($0["name"] ?? .null) }
        Show.answer(answer, then: "actions", ["key", title, "destructive", "scopes", "repeat"])
    }
}

/// `linchpin spoke …`
struct SpokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spoke", abstract: "Connectors and their typed actions.",
        subcommands: [
            ListCommand<SpokeNoun>.self, GetCommand<SpokeNoun>.self, Activate.self, Deactivate.self,
            New.self, Check.self, Test.self, Import.self,
        ])

    struct Activate: Act {
        static let configuration = CommandConfiguration(
            commandName: "activate", abstract: "Let a spoke's actions exist on this hub.")
        @Argument(help: "The spoke.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/spokes/\(PercentEncoding.encode(name))/activate", [:])
        }

        func done(_ answer: JSON) -> String {
            "spoke \(name) is active  \(Show.line(answer["action_count"] ?? .null)) actions"
        }
    }

    struct Deactivate: Act {
        static let configuration = CommandConfiguration(
            commandName: "deactivate", abstract: "Refuse every call of a spoke's actions.")
        @Argument(help: "The spoke.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/spokes/\(PercentEncoding.encode(name))/deactivate", [:])
        }

        func done(_ answer: JSON) -> String {
            "spoke \(name) is inactive; its actions are refused" + Show.failing(answer)
        }
    }
}

enum ActionNoun: Noun {
    static let name = "action"
    static let path = "/actions"
    static let columns: [Column] = ["name", "title", "kind", "destructive", "repeat"]

    /// The action, then its inputs as a table.
    static func show(_ answer: JSON) {
        guard var action = answer.object else { return Show.answer(answer) }
        for name in ["inputs", "outputs", "permissions", "input_schema", "output_schema", "id"] { action[name] = nil }
        Show.answer(.object(action))
        Terminal.say("")
        let input = Column("input") { Show.line($0["name"] ?? .null) }
        Show.table(answer["inputs"], [input, "type", "required", "takes", "says"])
        Terminal.say("")
        let output = Column("output") { Show.line($0["name"] ?? .null) }
        Show.table(answer["outputs"], [output, "type", "optional", "sensitive"])
        Terminal.say("")
        let right = Column("right at the provider") { Show.line($0["name"] ?? .null) }
        Show.table(answer["permissions"], [right, "standard_role", "basis", "source"])
    }
}

/// `linchpin action …`
struct ActionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "The actions of activated spokes.",
        subcommands: [ListCommand<ActionNoun>.self, GetCommand<ActionNoun>.self, Run.self])

    struct Run: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Run an action that only reads, to try a connection.",
            discussion: "What changes something goes through a flow, which keeps a journal of it.")
        @Argument(help: "The action, such as okta.lookup_user.") var name: String
        @Option(help: "The alias to run it through.") var alias: String
        @Option(name: .customLong("input"), help: "An input: --input login=mara@acme.example; repeat for more.")
        var inputs: [String] = []
        @Option(help: "Of a stream: at most this many items.") var most: Int64?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            let path = "/actions/\(PercentEncoding.encode(name))"
            let types = try await hub.call("GET", path)["inputs"]?.array ?? []
            var body = Body()
            body.set("alias", alias)
            body.set("most", most)
            body.set("input", JSON.object(try input(types)))
            return try await hub.call("POST", path + "/run", body.json)
        }

        func isGood(_ answer: JSON) -> Bool { answer["outcome"] == "done" }

        /// The inputs as the action's types say; what does not fit is sent as text, and the hub says what it takes.
        private func input(_ types: [JSON]) throws -> JSONObject {
            var input = JSONObject()
            for text in inputs {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else { throw ValidationError("--input takes name=value") }
                let type = types.first { $0["name"]?.string == parts[0] }?["type"]?.string
                input[parts[0]] = Self.value(parts[1], type)
            }
            return input
        }

        private static func value(_ text: String, _ type: String?) -> JSON {
            switch type {
            case "integer": Int64(text).map { .int($0) } ?? .string(text)
            case "boolean": Bool(text).map { .bool($0) } ?? .string(text)
            case "array": .array(text.split(separator: ",").map { .string(String($0)) })
            default: .string(text)
            }
        }
    }
}
