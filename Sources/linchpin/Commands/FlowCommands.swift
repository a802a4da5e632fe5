import ArgumentParser
import Core
import Foundation
import Hub

enum FlowNoun: Noun {
    static let name = "flow"
    static let path = "/flows"
    static let columns = ["name", "title", "active", "version"]
}

/// `linchpin flow …`
struct FlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "Automations: a trigger and steps.",
        subcommands: [
            Check.self, Create.self, ListCommand<FlowNoun>.self, GetCommand<FlowNoun>.self, Update.self,
            Activate.self, Deactivate.self, Run.self,
        ])

    /// A flow file on this machine.
    struct File: ParsableArguments {
        @Argument(help: "The flow file, YAML.") var file: String

        func source() throws -> JSON {
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw HubError(.invalid, "no_file", "\(file) cannot be read. Check the name.")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw HubError(.invalid, "not_text", "\(file) is not UTF-8 text. Save it as UTF-8.")
            }
            return .string(text)
        }
    }

    struct Check: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Check a flow file; nothing is kept.")
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/check", ["source": try file.source()])
        }
    }

    struct Create: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Add a flow from its file; it is inactive at first.")
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows", ["source": try file.source()])
        }
    }

    struct Update: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Add a new version; what runs keeps its own.")
        @Argument(help: "The flow's name or id.") var name: String
        @OptionGroup var file: File
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("PATCH", "/flows/\(PercentEncoding.encode(name))", ["source": try file.source()])
        }
    }

    struct Activate: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Let a flow start.")
        @Argument(help: "The flow.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/activate", [:])
        }
    }

    struct Deactivate: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Let a flow start no more; what runs goes on.")
        @Argument(help: "The flow.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/deactivate", [:])
        }
    }

    struct Run: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Start a manual flow; prints its execution.")
        @Argument(help: "The flow.") var name: String
        @Option(name: .customLong("input"), help: "An input: --input login=mara@acme.example; repeat for more.")
        var inputs: [String] = []
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var input = JSONObject()
            for text in inputs {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw ValidationError("--input takes name=value") }
                input[String(parts[0])] = .string(String(parts[1]))
            }
            return try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/run", ["input": .object(input)])
        }
    }
}

enum ExecutionNoun: Noun {
    static let name = "execution"
    static let path = "/executions"
    static let columns = ["id", "flow", "state", "started_by", "started_at", "correlation"]
}

/// `linchpin execution …`
struct ExecutionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "execution", abstract: "Runs of flows, step by step.",
        subcommands: [ListCommand<ExecutionNoun>.self, Get.self, Decide.self])

    struct Get: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Show an execution and its steps.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", "/executions/\(PercentEncoding.encode(id))")
        }

        func show(_ answer: JSON) throws {
            guard var object = answer.object else { return Show.answer(answer) }
            let steps = object["steps"]?.array ?? []
            object["steps"] = nil
            Show.answer(.object(object))
            Terminal.say("")
            Show.table(steps, ["path", "title", "state", "attempt", "reason", "says"])
        }
    }

    struct Decide: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Decide what became of a step in doubt.")
        @Argument(help: "The execution's id.") var id: String
        @Argument(help: "The step's path, such as leave[2].remove.") var step: String
        @Argument(help: "done: it happened. failed: it did not. repeat: send it again.") var outcome: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/executions/\(PercentEncoding.encode(id))/decide",
                ["step": .string(step), "outcome": .string(outcome)])
        }
    }
}

enum TableNoun: Noun {
    static let name = "table"
    static let path = "/tables"
    static let columns = ["name", "label", "application"]
}

/// `linchpin table …`
struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Tables, their columns and their roles.",
        subcommands: [ListCommand<TableNoun>.self, GetCommand<TableNoun>.self])
}
