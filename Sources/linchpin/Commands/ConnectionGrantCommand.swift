import ArgumentParser
import Core
import Hub

/// `linchpin connection grant NAME`
struct ConnectionGrantCommand: HubCommand {
    /// How the answer is shown.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case summary, guide, terraform
    }

    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Work out the least grant at the provider, and how to set it up.",
        discussion: "Without --flows or --action it is for the actions that the connection enables.")
    @Argument(help: "The connection.") var name: String
    @Flag(help: "For the actions that active flows run through it.") var flows = false
    @Option(help: "For this action instead; repeat for more.") var action: [String] = []
    @Option(help: "web-app, for which an account consents, or service-app; as the connection's credential if left out.")
    var template: String?
    @Option(help: "The account that is to consent, of a web-app; the expected owner if left out.") var account: String?
    @Flag(help: "Ask for read scopes too where a manage scope implies them.") var spellOut = false
    @Option(name: .customLong("as"), help: "summary, guide or terraform.") var form = Form.summary
    @OptionGroup var hub: HubOptions

    func call(_ hub: AdminClient) async throws -> JSON {
        var body = Body()
        if flows { body.set("for", "flows") }
        if !action.isEmpty { body.set("actions", action) }
        body.set("template", template)
        body.set("account", account)
        if spellOut { body.set("trust_implied_scopes", false) }
        return try await hub.call("POST", "/connections/\(PercentEncoding.encode(name))/grant", body.json)
    }

    func show(_ answer: JSON) throws {
        switch form {
        case .summary: summary(answer)
        case .guide: try guide(answer)
        case .terraform:
            guard let text = answer["set_up"]?["terraform"]?.string else { throw Self.noSetUp(answer) }
            Terminal.say(Show.safe(text))
        }
    }

    private func summary(_ answer: JSON) {
        let parts = [
            ("scopes", "scopes"), ("permissions", "permissions of a custom role"),
            ("standard_roles", "standard roles"), ("resources", "kinds in the resource set"),
            ("members", "chosen for the resource set"),
        ]
        for (member, title) in parts {
            let items = answer[member]?.array ?? []
            guard !items.isEmpty else { continue }
            Terminal.say(title)
            for item in items {
                let basis = item["basis"]?.string.map { "  (\($0))" } ?? ""
                Terminal.say(
                    "  \(Show.text(item["name"] ?? .null))\(basis)  for \(Show.line(item["needed_by"] ?? .null))")
            }
        }
        Terminal.say("beyond these actions\n  " + Show.text(answer["residual_reach"]?["says"] ?? .null))
        for item in answer["missing"]?.array ?? [] {
            Terminal.say(
                "not enabled: \(Show.text(item["name"] ?? .null)), which \(Show.line(item["flows"] ?? .null)) runs. "
                    + "Enable it: linchpin connection enable \(name) \(Show.text(item["name"] ?? .null))")
        }
        ApplyCommands.sayUnreachable(answer)
        let unused = answer["unused"]?.array ?? []
        if !unused.isEmpty { Terminal.say("enabled and used by no active flow: \(Show.line(.array(unused)))") }
        guard answer["set_up"] != .null else { return }
        Terminal.say("how to set it up: linchpin connection grant \(name) --as guide")
        if answer["can_apply"] == true {
            Terminal.say(Show.safe("or have it set up: linchpin connection apply \(name)\(choice(answer))"))
        }
        let others = (answer["templates"]?.texts ?? []).filter { $0 != answer["template"]?.string }
        for other in others {
            Terminal.say("as another kind of client: --template \(other); with apply: --as \(other)")
        }
    }

    /// What `apply` has to be told to mean the same.
    private func choice(_ answer: JSON) -> String {
        let kind = template.map { " --as \($0)" } ?? ""
        let isOpen = answer["template"] == "web-app" && answer["account"] == .null
        return kind + (account.map { " --account \($0)" } ?? (isOpen ? " --account …" : ""))
    }

    private func guide(_ answer: JSON) throws {
        guard let steps = answer["set_up"]?["steps"]?.array else { throw Self.noSetUp(answer) }
        for (index, step) in steps.enumerated() {
            Terminal.say("\(index + 1). \(Show.text(step["says"] ?? .null))")
            for copy in step["copy"]?.array ?? [] {
                Terminal.say("   \(Show.text(copy["label"] ?? .null)):")
                for line in Show.text(copy["text"] ?? .null).split(separator: "\n") { Terminal.say("     \(line)") }
            }
        }
    }

    private static func noSetUp(_ answer: JSON) -> HubError {
        HubError(
            .notFound, "no_set_up",
            "Spoke \(Show.text(answer["spoke"] ?? .null)) does not say how a grant is set up. Use the summary.")
    }
}
