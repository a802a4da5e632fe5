import ArgumentParser
import Core
import Hub

enum SessionNoun: Noun {
    static let name = "session"
    static let path = "/sessions"
    static let columns: [Column] = ["id", "user", "begun_at", "used_at", "expires_at", "address"]
}

/// `linchpin session …`
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Who is signed in to the console.",
        subcommands: [List.self, End.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List open sessions, the newest first.")
        @Option(help: "Only those of this user.") var user: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", Query.path(SessionNoun.path, [("user", user)]))
        }

        func show(_ answer: JSON) throws { Show.table(answer["items"], SessionNoun.columns) }
    }

    struct End: Act {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End a session; its browser must sign in again.")
        @Argument(help: "Its id.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("DELETE", "/sessions/\(PercentEncoding.encode(id))")
        }

        func done(_ answer: JSON) -> String { "session \(id) ended" }
    }
}
