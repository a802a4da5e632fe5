import ArgumentParser
import Core
import Hub

enum CredentialNoun: Noun {
    static let name = "credential"
    static let path = "/credentials"
    static let columns: [Column] = ["name", "kind", "active", "secret", "expires_at"]
}

/// `linchpin credential …`
struct CredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "Sealed secrets for outside systems.",
        subcommands: [
            Create.self, ListCommand<CredentialNoun>.self, GetCommand<CredentialNoun>.self, Update.self,
            DeleteCommand<CredentialNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(
            abstract: "Seal a secret.", discussion: "The secret is read from the terminal without echo, or from a pipe."
        )
        @Argument(help: "A unique name.") var name: String
        @Option(help: "What sort of secret it is: api_key.") var kind = "api_key"
        @Option(help: "When it stops working at the provider, such as 2027-01-01T00:00:00Z.") var expiresAt: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("kind", kind)
            body.set("expires_at", expiresAt)
            body.set("secret", try Terminal.readSecret("Secret of \(name): "))
            return try await hub.call("POST", "/credentials", body.json)
        }

        func done(_ answer: JSON) -> String { "credential \(name) created  \(Show.text(answer["secret"] ?? .null))" }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(abstract: "Change a credential; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Flag(help: "Read a new secret; it becomes the next version.") var secret = false
        @Option(help: "When it stops working at the provider.") var expiresAt: String?
        @Option(help: "true or false.") var active: Bool?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("expires_at", expiresAt)
            body.set("active", active)
            if secret { body.set("secret", try Terminal.readSecret("New secret of \(name): ")) }
            return try await hub.call("PATCH", "/credentials/\(PercentEncoding.encode(name))", body.json)
        }

        func done(_ answer: JSON) -> String { "credential \(name) updated  \(Show.text(answer["secret"] ?? .null))" }
    }
}

enum ConnectionNoun: Noun {
    static let name = "connection"
    static let path = "/connections"
    static let columns: [Column] = ["name", "spoke", "url", "credential", "actions"]
}

/// `linchpin connection …`
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Outside systems, and the actions that each connection enables.",
        subcommands: [
            Create.self, ListCommand<ConnectionNoun>.self, GetCommand<ConnectionNoun>.self, Update.self,
            Enable.self, Disable.self, DeleteCommand<ConnectionNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(abstract: "Add a connection.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "The spoke it is for, such as okta.") var spoke: String
        @Option(help: "The base URL, https.") var url: String
        @Option(help: "The credential, by name or id.") var credential: String
        @Option(name: .customLong("action"), help: "An action it enables; repeat for more.") var actions: [String] = []
        @Flag(help: "Allow plain http:// to a loopback address (a finding).") var allowLoopbackHttp = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("spoke", spoke)
            body.set("url", url)
            body.set("credential", credential)
            body.set("actions", actions)
            if allowLoopbackHttp { body.set("allow_loopback_http", true) }
            return try await hub.call("POST", "/connections", body.json)
        }

        func done(_ answer: JSON) -> String {
            let findings = (answer["findings"]?.array ?? []).map { "\nfinding: \(Show.text($0))" }.joined()
            return "connection \(name) created  actions \(Show.line(answer["actions"] ?? .null))\(findings)"
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(abstract: "Change a connection; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Option(help: "Another base URL.") var url: String?
        @Option(help: "Another credential.") var credential: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("url", url)
            body.set("credential", credential)
            return try await hub.call("PATCH", "/connections/\(PercentEncoding.encode(name))", body.json)
        }

        func done(_ answer: JSON) -> String { "connection \(name) updated" }
    }

    struct Enable: Act {
        static let configuration = CommandConfiguration(commandName: "enable", abstract: "Enable one action.")
        @Argument(help: "The connection.") var name: String
        @Argument(help: "The action's key, such as suspend_user.") var action: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/connections/\(PercentEncoding.encode(name))/enable-action", ["action": .string(action)])
        }

        func done(_ answer: JSON) -> String { "connection \(name) enables \(action)" }
    }

    struct Disable: Act {
        static let configuration = CommandConfiguration(commandName: "disable", abstract: "Disable one action.")
        @Argument(help: "The connection.") var name: String
        @Argument(help: "The action's key.") var action: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/connections/\(PercentEncoding.encode(name))/disable-action", ["action": .string(action)])
        }

        func done(_ answer: JSON) -> String { "connection \(name) no longer enables \(action)" }
    }
}

enum AliasNoun: Noun {
    static let name = "alias"
    static let path = "/aliases"
    static let columns: [Column] = ["name", "spoke", "connection", "connections"]
}

/// `linchpin alias …`
struct AliasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "The names that flows use; each leads to one active connection.",
        subcommands: [
            Create.self, ListCommand<AliasNoun>.self, GetCommand<AliasNoun>.self, Add.self, Remove.self,
            Activate.self, DeleteCommand<AliasNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(abstract: "Make an alias.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "Its first connection; active at once.") var connection: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/aliases", ["name": .string(name), "connection": .string(connection)])
        }

        func done(_ answer: JSON) -> String { "alias \(name) leads to \(connection)" }
    }

    struct Add: Act {
        static let configuration = CommandConfiguration(
            commandName: "add-connection", abstract: "Let an alias lead to a further connection; it stays inactive.")
        @Argument(help: "The alias.") var name: String
        @Argument(help: "The connection.") var connection: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/aliases/\(PercentEncoding.encode(name))/add-connection", ["connection": .string(connection)])
        }

        func done(_ answer: JSON) -> String {
            let next = "linchpin alias activate \(name) \(connection)\(hub.folder.words)"
            return "alias \(name) may lead to \(connection). Switch: \(next)"
        }
    }

    struct Remove: Act {
        static let configuration = CommandConfiguration(
            commandName: "remove-connection", abstract: "Take a connection that is not active from an alias.")
        @Argument(help: "The alias.") var name: String
        @Argument(help: "The connection.") var connection: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/aliases/\(PercentEncoding.encode(name))/remove-connection",
                ["connection": .string(connection)])
        }

        func done(_ answer: JSON) -> String { "alias \(name) no longer has \(connection)" }
    }

    struct Activate: Act {
        static let configuration = CommandConfiguration(abstract: "Switch an alias to one of its connections.")
        @Argument(help: "The alias.") var name: String
        @Argument(help: "The connection.") var connection: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/aliases/\(PercentEncoding.encode(name))/activate", ["connection": .string(connection)])
        }

        func done(_ answer: JSON) -> String { "alias \(name) leads to \(connection)" }
    }
}

enum SpokeNoun: Noun {
    static let name = "spoke"
    static let path = "/spokes"
    static let columns: [Column] = ["name", "title", "version", "action_count"]

    /// The spoke, then its actions as a table.
    static func show(_ answer: JSON) {
        guard var spoke = answer.object else { return Show.answer(answer) }
        spoke["actions"] = nil
        Show.answer(.object(spoke))
        Terminal.say("")
        let title = Column("title") { Show.line($0["name"] ?? .null) }
        Show.table(answer["actions"], ["key", title, "destructive", "scopes", "repeat"])
    }
}

/// `linchpin spoke …`
struct SpokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spoke", abstract: "Connectors and their typed actions.",
        subcommands: [ListCommand<SpokeNoun>.self, GetCommand<SpokeNoun>.self])
}
