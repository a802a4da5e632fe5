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
        subcommands: [List.self, Get.self, Decide.self, Cancel.self, Rerun.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List executions, latest first.")
        @Option(help: "Only those of this flow.") var flow: String?
        @Option(help: "waiting, running, in_doubt, done, failed or cancelled.") var state: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET",
                Query.path(ExecutionNoun.path, [("flow", flow), ("state", state), ("after", page.after)]))
        }

        func show(_ answer: JSON) throws { page.show(answer, of: ExecutionNoun.self) }
    }

    struct Get: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "Show an execution and its steps.")
        @Argument(help: "Its id.") var id: String
        @Option(help: "Only steps behind this number; the answer says how to go on.") var afterStep: Int?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            let path = "/executions/\(PercentEncoding.encode(id))"
            return try await hub.call("GET", Query.path(path, [("after_step", afterStep.map(String.init))]))
        }

        func show(_ answer: JSON) throws {
            guard var object = answer.object else { return Show.answer(answer) }
            object["steps"] = nil
            object["ended_badly"] = nil
            object["next_step"] = nil
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
            guard let next = answer["next_step"]?.int else { return }
            Terminal.complain("There is more: linchpin execution get \(id) --after-step \(next)\(hub.folder.words)")
        }
    }

    struct Decide: Act {
        static let configuration = CommandConfiguration(
            commandName: "decide", abstract: "Decide what became of a step in doubt.")
        @Argument(help: "The execution's id.") var id: String
        @Argument(help: "The step's path, such as leave[2].remove.") var step: String
        @Argument(help: "done: it happened. failed: it did not. repeat: send it again.") var outcome: String
        @Option(help: "What it answered, as a JSON object, if it is done and later steps need it.") var output: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body: JSONObject = ["step": .string(step), "outcome": .string(outcome)]
            if let output {
                do { body["output"] = try JSON.read(output) } catch {
                    throw ValidationError("--output must be a JSON object such as {\"id\": \"00u1\"}: \(error)")
                }
            }
            return try await hub.call("POST", "/executions/\(PercentEncoding.encode(id))/decide", .object(body))
        }

        func done(_ answer: JSON) -> String { "step \(step) decided: \(outcome)" }
    }

    struct Cancel: Act {
        static let configuration = CommandConfiguration(
            commandName: "cancel",
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
            commandName: "rerun",
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
