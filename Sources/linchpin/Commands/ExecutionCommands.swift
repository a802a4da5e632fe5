import ArgumentParser
import Core
import Hub

enum ExecutionNoun: Noun {
    static let name = "execution"
    static let path = "/executions"
    static let columns: [Column] = [
        "id", "flow", "state", "test", "started_by", .time("started_at", "started"),
    ]
}

/// `linchpin execution …`
struct ExecutionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "execution", abstract: "Runs of flows, step by step.",
        subcommands: [ListCommand<ExecutionNoun>.self, Get.self, Decide.self, Cancel.self, Rerun.self])

    struct Get: HubCommand {
        static let configuration = CommandConfiguration(abstract: "Show an execution and its steps.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", "/executions/\(PercentEncoding.encode(id))")
        }

        func show(_ answer: JSON) throws {
            guard var object = answer.object else { return Show.answer(answer) }
            object["steps"] = nil
            object["graph"] = nil
            if let trigger = object["trigger"]?.object {
                let inputs = trigger.members.map { input in
                    // A pair a line: a record has many.
                    (input.value.object?.members ?? [input])
                        .map { "\(Show.safe($0.name))=\(Show.line($0.value))" }.joined(separator: "\n")
                }
                object["trigger"] = .string(inputs.joined(separator: "\n"))
            }
            Show.answer(.object(object))
            Terminal.say("")
            Show.table(answer["steps"], ["path", "title", "state", "attempt", "reason", "says"])
        }
    }

    struct Decide: Act {
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

        func done(_ answer: JSON) -> String { "step \(step) decided: \(outcome)" }
    }

    struct Cancel: Act {
        static let configuration = CommandConfiguration(
            abstract: "End an execution; nothing more leaves, what is under way is still journaled.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/executions/\(PercentEncoding.encode(id))/cancel", [:])
        }

        func done(_ answer: JSON) -> String { "execution \(id) is being cancelled" }
    }

    struct Rerun: Act {
        static let configuration = CommandConfiguration(
            abstract: "Go on where an ended execution stopped, in a new one; what was done is not repeated.")
        @Argument(help: "Its id.") var id: String
        @Option(help: "The step to go on from; it must not have been done.") var step: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("step", step)
            return try await hub.call("POST", "/executions/\(PercentEncoding.encode(id))/rerun", body.json)
        }

        func done(_ answer: JSON) -> String {
            let new = Show.text(answer["execution"] ?? .null)
            return "execution \(id) goes on as \(new). See: linchpin execution get \(new)\(hub.folder.words)"
        }
    }
}
