import ArgumentParser
import Core
import Foundation
import Hub

enum FlowNoun: Noun {
    static let name = "flow"
    static let path = "/flows"
    static let columns: [Column] = ["name", "title", "active", "version"]

    /// The source comes last: it is the longest.
    static func show(_ answer: JSON) {
        guard var flow = answer.object else { return Show.answer(answer) }
        let source = flow["source"] ?? .null
        for name in ["source", "versions", "executions", "graph"] { flow[name] = nil }
        flow["trigger"] = .string(flow["trigger"]?.object.map(Show.pairs) ?? Show.line(flow["trigger"] ?? .null))
        Show.answer(.object(flow))
        Terminal.say("")
        Show.table(answer["versions"], ["version", .time("at", "at"), "by"])
        if answer["executions"]?.array?.isEmpty == false {
            Terminal.say("")
            Show.table(answer["executions"], ["id", "state", "started_by", .time("started_at", "started")])
        }
        Terminal.say("")
        Terminal.say(Show.text(source).trimmingCharacters(in: .newlines))
    }
}

/// `linchpin flow …`
struct FlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "Automations: a trigger and steps.",
        subcommands: [
            Check.self, Create.self, ListCommand<FlowNoun>.self, GetCommand<FlowNoun>.self, Update.self,
            Activate.self, Deactivate.self, Run.self, Test.self, Graph.self,
        ])

    /// A flow file on this machine.
    struct File: ParsableArguments {
        @Argument(help: "The flow file, YAML.") var file: String

        /// The text and, for messages, the name that it goes by here.
        func body() throws -> JSON { ["source": try source(), "file": .string(String(file.suffix(200)))] }

        private func source() throws -> JSON {
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw HubError(.invalid, "no_file", "\(file) cannot be read. Check the name.")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw HubError(.invalid, "not_text", "\(file) is not UTF-8 text. Save it as UTF-8.")
            }
            return .string(text)
        }
    }

    struct Check: Act {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check a flow file; nothing is kept.")
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/check", try file.body())
        }

        func done(_ answer: JSON) -> String {
            let says = isGood(answer) ? "has no mistakes" : "is well-formed, but would not run on this hub"
            let uses = Show.line(answer["uses"] ?? .null)
            return "flow \(Show.text(answer["flow"] ?? .null)) \(says)  uses \(uses)\(Show.findings(answer))"
        }

        func isGood(_ answer: JSON) -> Bool { answer["ok"]?.bool == true }
    }

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Add a flow from its file; it is inactive at first.")
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows", try file.body())
        }

        func done(_ answer: JSON) -> String {
            let name = Show.text(answer["name"] ?? .null)
            let next = "linchpin flow activate \(name)\(hub.folder.words)"
            return "flow \(name) created, inactive. Activate it: \(next)"
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Add a new version; what runs keeps its own.")
        @Argument(help: "The flow's name or id.") var name: String
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("PATCH", "/flows/\(PercentEncoding.encode(name))", try file.body())
        }

        func done(_ answer: JSON) -> String {
            "flow \(name) has version \(Show.text(answer["version"] ?? .null))" + Show.failing(answer)
        }
    }

    struct Activate: Act {
        static let configuration = CommandConfiguration(commandName: "activate", abstract: "Let a flow start.")
        @Argument(help: "The flow.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/activate", [:])
        }

        func done(_ answer: JSON) -> String { "flow \(name) is active" + Show.failing(answer) }
    }

    struct Deactivate: Act {
        static let configuration = CommandConfiguration(
            commandName: "deactivate", abstract: "Let a flow start no more; what runs goes on.")
        @Argument(help: "The flow.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/deactivate", [:])
        }

        func done(_ answer: JSON) -> String { "flow \(name) is inactive; what runs goes on" }
    }

    struct Run: Act {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Start a manual flow; prints which command shows its execution.")
        @Argument(help: "The flow.") var name: String
        @Option(name: .customLong("input"), help: "An input: --input login=mara@acme.example; repeat for more.")
        var inputs: [String] = []
        @Option(
            name: .customLong("secret-input"),
            help: "The name of a sensitive input; its value is asked for, or read from standard input. Repeat for more."
        )
        var secrets: [String] = []
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var input = Body()
            for member in try Pairs.read(inputs, "--input").members { input.set(member.name, member.value) }
            for name in secrets { input.set(name, try Terminal.readSecret("Value of \(name): ")) }
            return try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/run", ["input": input.json])
        }

        func done(_ answer: JSON) -> String {
            let id = Show.text(answer["execution"] ?? .null)
            return "flow \(name) started. See: linchpin execution get \(id)\(hub.folder.words)"
        }
    }
}
