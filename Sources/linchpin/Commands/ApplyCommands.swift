import ArgumentParser
import Core
import Hub

/// The commands that choose resources and set a grant up at the provider.
enum ApplyCommands {
    /// The choice of resources, for both commands.
    struct Choice: ParsableArguments {
        @Option(help: "A resource to add, such as group:ID or an address of the API; repeat for more.")
        var add: [String] = []
        @Option(help: "A resource to take out; repeat for more.") var remove: [String] = []

        func set(_ body: inout Body) {
            body.set("add", add)
            body.set("remove", remove)
        }
    }

    /// Actions that reach nothing, each in a line.
    static func sayUnreachable(_ answer: JSON) {
        for item in answer["unreachable"]?.array ?? [] {
            Terminal.say(
                Show.safe(
                    "\(Show.text(item["name"] ?? .null)) reaches nothing: choose some of \(Show.line(item["kinds"] ?? .null))"
                ))
        }
    }

    /// `linchpin connection choose-resources NAME`
    struct ChooseResources: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "choose-resources",
            abstract: "Choose the groups, people and applications that the grant may reach.",
            discussion: """
                Without --add, --remove and --undo it shows the choice. What is shown or previewed comes with the \
                provider's names for it; an id that is not there is said. Nothing is changed at the provider: connection \
                apply, the guide or Terraform carry the choice there.
                """)
        @Argument(help: "The connection.") var name: String
        @OptionGroup var choice: Choice
        @Flag(help: "Take the last change of the choice back instead; once more brings it again.") var undo = false
        @Flag(help: "Show what would change, and change nothing.") var preview = false
        @Flag(help: "Read an administrator's token from the terminal without echo, or from a pipe, to read the names.")
        var administratorToken = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            choice.set(&body)
            if undo { body.set("undo", true) }
            if preview || choice.add.isEmpty && choice.remove.isEmpty && !undo {
                body.set("preview", true)
                body.set("names", true)
                try ProvingCommands.administratorToken(administratorToken, &body)
            }
            return try await hub.call("POST", ProvingCommands.path(name, "choose-resources"), body.json)
        }

        func show(_ answer: JSON) throws {
            for (word, key) in [("+", "added"), ("-", "removed")] {
                for text in answer[key]?.texts ?? [] { Terminal.say(Show.safe("\(word) \(text)")) }
            }
            for item in answer["resources"]?.array ?? [] {
                let called = item["title"].map { "  \(Show.text($0))" } ?? ""
                Terminal.say(
                    Show.safe(
                        "\(Show.text(item["name"] ?? .null))\(called)  for \(Show.line(item["needed_by"] ?? .null))"))
                guard let says = item["says"]?.string else { continue }
                Terminal.say(Show.safe("    \(item["standing"] == "missing" ? "not there:" : "not readable:") \(says)"))
            }
            if answer["resources"]?.array?.isEmpty ?? true {
                let kinds = answer["kinds"]?.texts ?? []
                Terminal.say(
                    kinds.isEmpty
                        ? "no action of this connection needs a resource"
                        : "nothing is chosen; these actions need \(kinds.joined(separator: ", "))")
            }
            ApplyCommands.sayUnreachable(answer)
        }
    }

    /// `linchpin connection find-resources NAME`
    struct FindResources: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "find-resources",
            abstract: "Search at the provider for resources to choose.",
            discussion: """
                It uses the connection's own credential where its actions need the scope anyway. Otherwise it takes an \
                administrator's token, which is used for this one run and kept nowhere.
                """)
        @Argument(help: "The connection.") var name: String
        @Option(help: "What is searched, such as user, group or app.") var type: String
        @Option(help: "The beginning of a name; of people also of an address.") var query: String
        @Flag(help: "Read an administrator's token from the terminal without echo, or from a pipe.")
        var administratorToken = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("type", type)
            body.set("query", query)
            try ProvingCommands.administratorToken(administratorToken, &body)
            return try await hub.call("POST", ProvingCommands.path(name, "find-resources"), body.json)
        }

        func show(_ answer: JSON) throws {
            guard answer["items"]?.array?.isEmpty == false else {
                return Terminal.say("nothing of this name is there, as far as the token reaches that was asked with")
            }
            Show.table(
                answer["items"], [Column("resource", cut: .never) { Show.line($0["resource"] ?? .null) }, "name"])
            if answer["may_have_more"] == true { Terminal.say("There may be more. Type more of the name.") }
        }
    }

    /// `linchpin connection apply NAME`
    struct Apply: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "apply", abstract: "Set the least grant up at the provider, after a preview.",
            discussion: """
                It reads an administrator's token from the terminal without echo, or from a pipe; the token is used for this \
                one run and kept nowhere. Without --plan it shows what would be made and changed. Exit code 0: all is \
                as it shall be, or was made so. 1: a step failed, or something is in the way.
                """)
        @Argument(help: "The connection.") var name: String
        @Option(help: "The plan to carry out, as the preview named it.") var plan: String?
        @Option(
            name: .customLong("as"),
            help: "web-app, for which an account consents, or service-app; as the connection's credential if left out.")
        var template: String?
        @Option(help: "The account that is to consent, of a web-app; the expected owner if left out.") var account:
            String?
        @Option(help: "The credential under which the app's client id, with its secret or key, is sealed.")
        var sealAs: String?
        @Flag(help: "Ask for read scopes too where a manage scope implies them.") var spellOut = false
        @OptionGroup var choice: Choice
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("plan", plan)
            body.set("template", template)
            body.set("account", account)
            body.set("seal_as", sealAs)
            if spellOut { body.set("trust_implied_scopes", false) }
            choice.set(&body)
            try ProvingCommands.administratorToken(true, &body)
            return try await hub.call("POST", ProvingCommands.path(name, "apply"), body.json)
        }

        private static let marks = [
            "there": "=", "create": "+", "change": "~", "differs": "!", "done": "+", "failed": "x", "not_reached": " ",
        ]

        func show(_ answer: JSON) throws {
            if let url = answer["url"]?.string { Terminal.say(Show.safe("at \(url)")) }
            for step in answer["steps"]?.array ?? [] {
                let state = step["state"]?.string ?? ""
                Terminal.say(
                    Show.safe(
                        "\(Self.marks[state] ?? " ") \(step["says"]?.string ?? "")  \(state.replacing("_", with: " "))")
                )
                for (word, key) in [("+", "adds"), ("-", "removes"), ("left:", "left"), ("differs:", "differs")] {
                    for text in step[key]?.texts ?? [] { Terminal.say(Show.safe("    \(word) \(text)")) }
                }
                if step["left"]?.texts?.isEmpty == false {
                    Terminal.say(
                        "    More than is needed. Take it away at the provider, unless it is there for another reason.")
                }
                if let problem = step["problem"]?.string { Terminal.say(Show.safe("    \(problem)")) }
            }
            if let next = answer["next"]?.string { return Terminal.say(Show.safe("next: \(next)")) }
            guard answer["changes"] != 0, let plan = answer["plan"]?.string else {
                return Terminal.say("nothing is to be changed")
            }
            Terminal.say(Show.safe("apply it: the same command with --plan \(plan)"))
        }

        func isGood(_ answer: JSON) -> Bool {
            answer["applied"]?.bool == true ? answer["complete"]?.bool == true : answer["plan"] != .null
        }
    }
}
