import ArgumentParser
import Core
import Hub

/// `linchpin history …`
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Before and after of configuration rows.", subcommands: [One.self])

    struct One: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the changes of one row, the newest first.")
        @Argument(help: "The kind of row, such as client or connection.") var entity: String
        @Argument(help: "Its stable id, as `get` shows it.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/histories/show", ["entity": .string(entity), "id": .string(id)])
        }

        func show(_ answer: JSON) throws {
            let items = answer["items"]?.array ?? []
            guard !items.isEmpty else { return Terminal.say("none") }
            for item in items {
                Terminal.say(
                    "\(Show.text(item["at"] ?? .null))  \(Show.text(item["by"] ?? .null))  \(Show.text(item["correlation"] ?? .null))"
                )
                for line in Self.changes(item["before"], item["after"]) { Terminal.say("  " + line) }
            }
        }

        /// What differs, a member a line.
        private static func changes(_ before: JSON?, _ after: JSON?) -> [String] {
            let (old, new) = (before?.object ?? [:], after?.object ?? [:])
            let names = old.members.map(\.name) + new.members.map(\.name).filter { old[$0] == nil }
            return names.filter { old[$0] != new[$0] }.map { name in
                "\(Show.safe(name)): \(old[name].map(Show.line) ?? "-") -> \(new[name].map(Show.line) ?? "-")"
            }
        }
    }
}

enum TokenNoun: Noun {
    static let name = "token"
    static let path = "/tokens"
    static let columns: [Column] = ["id", "client", "user", "scopes", "expires_at", "state"]
}

/// `linchpin token …`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Access tokens.", subcommands: [List.self, Revoke.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List access tokens that have not ended; never their text.")
        @Option(help: "Only those for this user.") var user: String?
        @Option(help: "Only those of this client.") var client: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET", Query.path(TokenNoun.path, [("user", user), ("client", client), ("after", page.after)]))
        }

        func show(_ answer: JSON) throws { page.show(answer, of: TokenNoun.self) }
    }

    struct Revoke: Act {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "End one token.",
            discussion: "Without an id its text is read from the terminal without echo, or from a pipe.")
        @Argument(help: "Its id, as `token list` shows it: ends what would renew it too.") var id: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            if let id {
                _ = try await hub.call("DELETE", "/tokens/\(PercentEncoding.encode(id))")
                return ["revoked": true, "client": .null]
            }
            var body = Body()
            body.set("token", try Terminal.readSecret("Token: "))
            return try await hub.call("POST", "/tokens/revoke", body.json)
        }

        func done(_ answer: JSON) -> String {
            if let id { return "token \(id) revoked" }
            return answer["revoked"]?.bool == true
                ? "token of client \(Show.text(answer["client"] ?? .null)) revoked" : "there was nothing to revoke"
        }
    }
}

/// `linchpin completion SHELL`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print what makes a shell complete these commands.",
        discussion: """
            Into ~/.local/share/bash-completion/completions/linchpin for bash:
            linchpin completion bash > FILE

            Into ~/.zfunc/_linchpin, with ~/.zfunc in $fpath, for zsh:
            linchpin completion zsh > FILE

            Into ~/.config/fish/completions/linchpin.fish for fish:
            linchpin completion fish > FILE
            """)
    @Argument(help: "bash, zsh or fish.") var shell: Shell

    /// The shells that there is a script for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    func run() {
        Terminal.say(Linchpin.completionScript(for: CompletionShell(rawValue: shell.rawValue) ?? .bash))
    }
}
