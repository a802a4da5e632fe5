import ArgumentParser
import Core
import Hub

enum CredentialNoun: Noun {
    static let name = "credential"
    static let path = "/credentials"
    static let columns: [Column] = ["name", "kind", "active", "order", "secret", "expires_at"]

    /// How its rotation stands takes a line for each thing, because a guide is long.
    static func show(_ answer: JSON) {
        guard var credential = answer.object, let rotation = credential["rotation"]?.object else {
            return Show.answer(answer)
        }
        credential["rotation"] = .string(
            rotation.members.map { "\($0.name.replacing("_", with: " ")): \(Show.line($0.value))" }
                .joined(separator: "\n"))
        Show.answer(.object(credential))
    }
}

/// `linchpin credential …`
struct CredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "Sealed secrets for outside systems.",
        subcommands: [
            Create.self, ListCommand<CredentialNoun>.self, GetCommand<CredentialNoun>.self, Update.self,
            GrantCommands.Authorize.self, GrantCommands.ShowGrant.self, GrantCommands.Refresh.self,
            GrantCommands.Revoke.self, RotationCommands.AddSuccessor.self, RotationCommands.TestSuccessor.self,
            RotationCommands.Switch.self, RotationCommands.GoBack.self, RotationCommands.Retire.self,
            RotationCommands.DropSuccessor.self, RotationCommands.Rotate.self, DeleteCommand<CredentialNoun>.self,
        ])

    /// What both commands take.
    struct Settings: ParsableArguments {
        @Option(help: "When it stops working at the provider, such as 2027-01-01T00:00:00Z.") var expiresAt: String?
        @Option(help: "Whether it may be used: true or false.") var active: Bool?
        @Option(help: "The smaller, the earlier it is tried; equal or none: at random.") var order: Int64?
        @Option(help: "How many days old its secret may become before a rotation is overdue.") var maxAgeDays: Int64?
        @Option(help: "The connection through which the hub rotates its secret by itself, ahead of that age.")
        var rotateThrough: String?
        @Option(help: "A hub that may use it, by the name in its file hub.id; repeat for more. All if not given.")
        var appliesTo: [String] = []
        @Option(help: "An alias whose active connection shall use it.") var alias: String?

        func set(_ body: inout Body) {
            body.set("expires_at", expiresAt)
            body.set("active", active)
            body.set("order", order)
            body.set("max_age_days", maxAgeDays)
            body.set("rotate_through", rotateThrough)
            body.set("applies_to", appliesTo)
            body.set("alias", alias)
        }
    }

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Seal a secret.",
            discussion: "The secret is read from the terminal without echo, or from a pipe."
        )
        @Argument(help: "A unique name.") var name: String
        @Option(help: "What sort of credential it is: api_key, oauth, basic, header_key or client_certificate.")
        var kind = "api_key"
        @OptionGroup var settings: Settings
        @OptionGroup(title: "Settings of its kind") var own: CredentialSettings
        @Flag(help: "oauth: the client has no secret.") var noSecret = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("kind", kind)
            settings.set(&body)
            if let own = try own.read() { body.set("settings", own) }
            if !noSecret { body.set("secret", try Terminal.readSecret("Secret of \(name): ", lines: own.isKey)) }
            return try await hub.call("POST", "/credentials", body.json)
        }

        func done(_ answer: JSON) -> String { "credential \(name) created  \(Show.text(answer["secret"] ?? .null))" }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change a credential; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Flag(help: "Read a new secret; it becomes the next version.") var secret = false
        @Flag(help: "Take the moment away at which it stops working.") var neverExpires = false
        @Flag(help: "Take its order away.") var anyOrder = false
        @Flag(help: "Let nobody but a person rotate its secret again.") var byHand = false
        @Flag(help: "Let its secret become as old as it will.") var anyAge = false
        @Flag(help: "Let all hubs use it.") var allHubs = false
        @OptionGroup var settings: Settings
        @OptionGroup(title: "Settings of its kind") var own: CredentialSettings
        @Option(help: "A setting to take away, such as revoke_url; repeat for more.") var unset: [String] = []
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            settings.set(&body)
            if neverExpires { body.set("never_expires", true) }
            if anyOrder { body.set("any_order", true) }
            if byHand { body.set("by_hand", true) }
            if anyAge { body.set("any_age", true) }
            if allHubs { body.set("applies_to", JSON.array([])) }
            var changed = try own.read()?.object ?? JSONObject()
            for setting in unset { changed[setting] = JSON.null }
            if !changed.members.isEmpty { body.set("settings", .object(changed)) }
            if secret { body.set("secret", try Terminal.readSecret("New secret of \(name): ", lines: own.isKey)) }
            return try await hub.call("PATCH", "/credentials/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String { "credential \(name) updated  \(Show.text(answer["secret"] ?? .null))" }
    }
}

enum ConnectionNoun: Noun {
    static let name = "connection"
    static let path = "/connections"
    static let columns: [Column] = ["name", "spoke", "url", "credentials", "actions"]

    /// The connection, then how many calls are left of each kind as a table.
    static func show(_ answer: JSON) {
        let bucket = Column("budget") { Show.line($0["bucket"] ?? .null) }
        Show.answer(answer, then: "budget", [bucket, "remaining", "limit", .time("resets_at", "resets")])
    }
}

/// `linchpin connection …`
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Outside systems, and the actions that each connection enables.",
        subcommands: [
            Create.self, ListCommand<ConnectionNoun>.self, GetCommand<ConnectionNoun>.self, Update.self,
            AddCredential.self, RemoveCredential.self, Enable.self, Disable.self, ConnectionGrantCommand.self,
            ApplyCommands.FindResources.self, ApplyCommands.ChooseResources.self, ApplyCommands.Apply.self,
            ProvingCommands.Verify.self, ProvingCommands.Drift.self, ProvingCommands.BeginSetUp.self,
            ProvingCommands.EndSetUp.self,
            DeleteCommand<ConnectionNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Add a connection.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "The spoke it is for, such as okta.") var spoke: String
        @Option(help: "The base URL, https.") var url: String
        @Option(
            name: .customLong("credential"),
            help: "A credential, by name or id; repeat for more, which take turns when one is refused.")
        var credentials: [String]
        @Option(name: .customLong("action"), help: "An action it enables; repeat for more.") var actions: [String] = []
        @Flag(help: "Allow plain http:// to a loopback address (a finding).") var allowLoopbackHttp = false
        @Flag(help: "Its destructive actions need a second person's approval, in a flow.") var needsApproval = false
        @Option(help: "Calls a minute that each hub lets out at most.") var callsPerMinute: Int64?
        @OptionGroup(title: "The way there") var passage: PassageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("spoke", spoke)
            body.set("url", url)
            body.set("credentials", credentials)
            body.set("actions", actions)
            if allowLoopbackHttp { body.set("allow_loopback_http", true) }
            if needsApproval { body.set("needs_approval", true) }
            body.set("calls_per_minute", callsPerMinute)
            try passage.set(&body)
            return try await hub.call("POST", "/connections", body.json)
        }

        func done(_ answer: JSON) -> String {
            "connection \(name) created  actions \(Show.line(answer["actions"] ?? .null))\(Show.findings(answer))"
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change a connection; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Option(help: "Another base URL.") var url: String?
        @Option(
            name: .customLong("credential"), help: "The credentials that it may use from now on; repeat for more.")
        var credentials: [String] = []
        @Option(
            name: .customLong("action"),
            help: "The actions that it enables from now on, and no others; repeat for more.")
        var actions: [String] = []
        @Option(help: "Whether its destructive actions need a second person's approval: true or false.")
        var needsApproval: Bool?
        @Option(help: "Calls a minute that each hub lets out at most; 0 for no bound of its own.")
        var callsPerMinute: Int64?
        @OptionGroup(title: "The way there") var passage: PassageOptions
        @Flag(help: "Trust the system's authorities again.") var systemRoots = false
        @Flag(help: "Take the pins away.") var noPins = false
        @Flag(help: "Go straight there again.") var noProxy = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("needs_approval", needsApproval)
            body.set("calls_per_minute", callsPerMinute)
            body.set("url", url)
            body.set("credentials", credentials)
            body.set("actions", actions)
            try passage.set(&body)
            if systemRoots { body.set("system_roots", true) }
            if noPins { body.set("pins", JSON.array([])) }
            if noProxy { body.set("no_proxy", true) }
            return try await hub.call("PATCH", "/connections/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String {
            "connection \(name) updated" + Show.noLonger(answer) + Show.failing(answer) + Show.findings(answer)
        }
    }

    struct AddCredential: Act {
        static let configuration = CommandConfiguration(
            commandName: "add-credential", abstract: "Let a connection use one more credential.")
        @Argument(help: "The connection.") var name: String
        @Argument(help: "The credential.") var credential: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/connections/\(PercentEncoding.encode(name))/add-credential",
                ["credential": .string(credential)])
        }

        func done(_ answer: JSON) -> String {
            "connection \(name) uses \(Show.line(answer["credentials"] ?? .null))\(Show.findings(answer))"
        }
    }

    struct RemoveCredential: Act {
        static let configuration = CommandConfiguration(
            commandName: "remove-credential", abstract: "Take a credential that is not the last from a connection.")
        @Argument(help: "The connection.") var name: String
        @Argument(help: "The credential.") var credential: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/connections/\(PercentEncoding.encode(name))/remove-credential",
                ["credential": .string(credential)])
        }

        func done(_ answer: JSON) -> String { "connection \(name) uses \(Show.line(answer["credentials"] ?? .null))" }
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

        func done(_ answer: JSON) -> String {
            "connection \(name) no longer enables \(action)" + Show.failing(answer)
        }
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
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make an alias.")
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
        static let configuration = CommandConfiguration(
            commandName: "activate", abstract: "Switch an alias to one of its connections.")
        @Argument(help: "The alias.") var name: String
        @Argument(help: "The connection.") var connection: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/aliases/\(PercentEncoding.encode(name))/activate", ["connection": .string(connection)])
        }

        func done(_ answer: JSON) -> String { "alias \(name) leads to \(connection)" + Show.failing(answer) }
    }
}
