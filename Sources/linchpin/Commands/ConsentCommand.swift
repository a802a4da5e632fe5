import ArgumentParser
import Core
import Hub

enum ConsentNoun: Noun {
    static let name = "consent"
    static let path = "/consents"
    static let columns: [Column] = ["id", "client", "user", "scopes", "given_at", "until"]
}

/// `linchpin consent …`
struct ConsentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "What people have allowed applications.",
        subcommands: [List.self, Withdraw.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List consents that are remembered.")
        @Option(help: "Only those of this user.") var user: String?
        @Option(help: "Only those for this client.") var client: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET", Query.path(ConsentNoun.path, [("user", user), ("client", client), ("after", page.after)]))
        }

        func show(_ answer: JSON) throws { page.show(answer, of: ConsentNoun.self) }
    }

    struct Withdraw: Act {
        static let configuration = CommandConfiguration(
            commandName: "withdraw", abstract: "Withdraw a consent; the application must ask the person again.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("DELETE", "/consents/\(PercentEncoding.encode(id))")
        }

        func done(_ answer: JSON) -> String { "consent \(id) is withdrawn" }
    }
}
