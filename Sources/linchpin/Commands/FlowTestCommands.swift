import ArgumentParser
import Core
import Hub

/// `name=value` options as the members of an object.
enum Pairs {
    static func read(_ texts: [String], _ option: String) throws -> JSONObject {
        var members = JSONObject()
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("\(option) takes name=value") }
            members[String(parts[0])] = .string(String(parts[1]))
        }
        return members
    }
}

extension FlowCommand {
    struct Test: Act {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Start a test run: actions reach the sandbox only, records stay as they are."
        )
        @Argument(help: "The flow; it need not be active.") var name: String
        @Option(name: .customLong("input"), help: "An input of a manual flow: --input login=…; repeat for more.")
        var inputs: [String] = []
        @Option(
            name: .customLong("record"), help: "A field of the record to start from: --record email=…; repeat for more."
        )
        var fields: [String] = []
        @Option(
            name: .customLong("event"),
            help: "An output of the event to start from: --event event_type=…; repeat for more.")
        var outputs: [String] = []
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            if !outputs.isEmpty { body.set("event", .object(try Pairs.read(outputs, "--event"))) }
            if !inputs.isEmpty { body.set("input", .object(try Pairs.read(inputs, "--input"))) }
            if !fields.isEmpty { body.set("record", .object(try Pairs.read(fields, "--record"))) }
            return try await hub.call("POST", "/flows/\(PercentEncoding.encode(name))/test", body.json)
        }

        func done(_ answer: JSON) -> String {
            let id = Show.text(answer["execution"] ?? .null)
            return "test run of \(name) started. See: linchpin execution get \(id)\(hub.folder.words)"
        }
    }

    struct Graph: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "graph", abstract: "Show a flow's steps and how they follow each other.")
        @Argument(help: "The flow.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            let flow = try await hub.call("GET", "/flows/\(PercentEncoding.encode(name))")
            return flow["graph"] ?? .null
        }

        func show(_ answer: JSON) throws {
            Show.table(answer["nodes"], ["id", "kind", "title", "inside", "branch", "action", "alias"])
            Terminal.say("")
            Show.table(answer["edges"], ["from", "to", "kind"])
        }
    }
}
