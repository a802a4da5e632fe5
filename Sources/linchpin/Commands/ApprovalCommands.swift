import ArgumentParser
import Core
import Hub

enum ApprovalNoun: Noun {
    static let name = "approval"
    static let path = "/approvals"
    static let columns: [Column] = ["id", "flow", "says", "asks", "state", .time("expires_at", "expires")]
}

/// `linchpin approval …`
struct ApprovalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approval", abstract: "Questions that flows ask people before they go on.",
        subcommands: [List.self, GetCommand<ApprovalNoun>.self, Approve.self, Refuse.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List approvals; those that are pending by default.")
        @Option(help: "pending, approved, refused, expired or cancelled.") var state: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", Query.path(ApprovalNoun.path, [("state", state), ("after", page.after)]))
        }

        func show(_ answer: JSON) throws { page.show(answer, of: ApprovalNoun.self) }
    }

    /// What both decisions take.
    struct Options: ParsableArguments {
        @Argument(help: "The approval's id.") var id: String
        @Option(help: "Why, for the journal.") var note: String?
        @OptionGroup var hub: HubOptions

        func decide(_ outcome: String, _ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("outcome", outcome)
            body.set("note", note)
            return try await hub.call("POST", "/approvals/\(PercentEncoding.encode(id))/decide", body.json)
        }
    }

    struct Approve: Act {
        static let configuration = CommandConfiguration(commandName: "approve", abstract: "Approve; the flow goes on.")
        @OptionGroup var options: Options
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON { try await options.decide("approve", hub) }
        func done(_ answer: JSON) -> String { "approval \(options.id) is approved; the flow goes on" }
    }

    struct Refuse: Act {
        static let configuration = CommandConfiguration(
            commandName: "refuse", abstract: "Refuse; the step counts as refused.")
        @OptionGroup var options: Options
        var hub: HubOptions { options.hub }

        func call(_ hub: AdminClient) async throws -> JSON { try await options.decide("refuse", hub) }
        func done(_ answer: JSON) -> String { "approval \(options.id) is refused" }
    }
}
