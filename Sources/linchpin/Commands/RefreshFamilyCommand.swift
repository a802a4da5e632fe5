import ArgumentParser
import Core
import Hub

enum RefreshFamilyNoun: Noun {
    static let name = "refresh family"
    static let path = "/refresh-families"
    static let columns: [Column] = ["id", "client", "user", "scopes", "last_used_at", "ends_at", "state"]
}

/// `linchpin refresh-family …`
struct RefreshFamilyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh-family", abstract: "What people allowed applications and these may renew.",
        subcommands: [List.self, GetCommand<RefreshFamilyNoun>.self, End.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List refresh families that have not ended.")
        @Option(help: "Only those of this user.") var user: String?
        @Option(help: "Only those of this client.") var client: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET", Query.path(RefreshFamilyNoun.path, [("user", user), ("client", client), ("after", page.after)]))
        }

        func show(_ answer: JSON) throws { page.show(answer, of: RefreshFamilyNoun.self) }
    }

    struct End: Act {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End one, with its access tokens.",
            discussion: "The consent stays. Withdraw it, and the application must ask the person again.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("DELETE", "\(RefreshFamilyNoun.path)/\(PercentEncoding.encode(id))")
        }

        func done(_ answer: JSON) -> String { "refresh family \(id) ended" }
    }
}
