import ArgumentParser
import Core
import Hub

enum ClientNoun: Noun {
    static let name = "client"
    static let path = "/clients"
    static let columns: [Column] = ["name", "client_id", "user_name", "scopes", "active"]
    static let deletes = "Delete one client with its secrets, in use or not; its tokens stop working at once."

    /// Names before ids, and each secret on its line.
    static func show(_ answer: JSON) {
        guard var client = answer.object else { return Show.answer(answer) }
        client["user"] = client["user_name"] ?? client["user"]
        client["user_name"] = nil
        let secrets = (client["secrets"]?.array ?? []).map { secret in
            ["id", "created_at", "until", "last_used_at"].map { name in
                let title = ["created_at": "created ", "until": "until ", "last_used_at": "last used "][name] ?? ""
                return title + Show.text(secret[name] ?? .null)
            }.joined(separator: "  ")
        }
        client["secrets"] = .string(secrets.joined(separator: "\n"))
        Show.answer(.object(client))
    }
}

/// What is done with one auth scope of a client: the operation, and what it does, for the help.
protocol ScopeVerb {
    static var name: String { get }
    static var says: String { get }
}

/// `linchpin client …`
struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "The application registry: applications that call in.",
        subcommands: [
            Create.self, ListCommand<ClientNoun>.self, GetCommand<ClientNoun>.self, Update.self,
            OneScope<AddScope>.self,
            OneScope<RemoveScope>.self, AddSecret.self, RemoveSecret.self, RevokeTokens.self,
            DeleteCommand<ClientNoun>.self,
            Templates.self, Report.self,
        ])

    struct Report: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "report", abstract: "Grade a client (RFC 9700 §2, FAPI 2.0), with what to change.")
        @Argument(help: "Its name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/clients/\(PercentEncoding.encode(name))/report", [:])
        }

        func show(_ answer: JSON) throws { Show.table(answer["rows"], ["grade", "rule", "sees", "change", "source"]) }
    }

    struct Templates: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "templates", abstract: "List what a new client may be, and the grant type that fits.")
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON { try await hub.call("GET", "/client-templates") }
        func show(_ answer: JSON) throws { Show.table(answer["items"], ["name", "grant", "asks", "why"]) }
    }

    struct Create: Act {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Register an application.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "Its application user: what it may do is what this user may.") var user: String
        @Option(help: "What it is, such as web or service: see `client templates`. What is not named starts from that.")
        var template: String?
        @Option(name: .customLong("scope"), help: "An auth scope it holds; repeat for more.") var scopes: [String] = []
        @Option(help: "How long its tokens live, in seconds.") var tokenSeconds: Int64?
        @OptionGroup var grant: GrantOptions
        @OptionGroup(title: "Proofs by key") var proofs: ProofOptions
        @OptionGroup(title: "OpenID Connect") var openID: OpenIDOptions
        @OptionGroup(title: "Secrets") var secrets: SecretOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("user", user)
            body.set("template", template)
            body.set("scopes", .array(scopes.map { .string($0) }))
            body.set("token_seconds", tokenSeconds)
            grant.set(&body)
            try proofs.set(&body)
            openID.set(&body)
            secrets.set(&body)
            return try await hub.call("POST", "/clients", body.json)
        }

        func done(_ answer: JSON) -> String {
            // A new client has no secret: that is the way, and what comes next, more than something found.
            let lacksProof = answer["findings"]?.array?.contains { $0["reason"] == "no_proof" } == true
            let next = "\nNext: linchpin client add-secret \(Shown.argument(name))\(hub.folder.words)"
            return "client \(name) created  client_id \(Show.text(answer["client_id"] ?? .null))"
                + "  scopes \(Show.line(answer["scopes"] ?? .null))" + Show.findings(answer, but: "no_proof")
                + (lacksProof ? next : "")
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change a client; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Option(help: "Another name.") var rename: String?
        @Option(help: "Another application user; ends its tokens.") var user: String?
        @Option(name: .customLong("scope"), help: "All scopes it holds from now on; repeat.") var scopes: [String] = []
        @Option(
            name: .customLong("empty"),
            help: ArgumentHelp(
                "A list that holds nothing from now on: \(ClientList.allCases.map(\.rawValue).joined(separator: ", "));"
                    + " repeat for more.", valueName: "list"))
        var emptied: [ClientList] = []
        @Option(help: "How long its new tokens live, in seconds.") var tokenSeconds: Int64?
        @Option(help: "true or false.") var active: Bool?
        @OptionGroup var grant: GrantOptions
        @OptionGroup(title: "Proofs by key") var proofs: ProofOptions
        @OptionGroup(title: "OpenID Connect") var openID: OpenIDOptions
        @OptionGroup(title: "Secrets") var secrets: SecretOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", rename)
            body.set("user", user)
            body.set("scopes", scopes)
            body.set("token_seconds", tokenSeconds)
            body.set("active", active)
            grant.set(&body)
            try proofs.set(&body)
            openID.set(&body)
            secrets.set(&body)
            for list in Set(emptied) { try list.empty(in: &body) }
            return try await hub.call("PATCH", "/clients/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String {
            "client \(rename ?? name) updated" + Show.noLonger(answer) + Show.findings(answer)
        }
    }

    /// A list of a client, as the option that empties it names it.
    enum ClientList: String, ExpressibleByArgument, CaseIterable {
        case scopes, grants, resources, certificates
        case redirectURIs = "redirect-uris"
        case postLogoutRedirectURIs = "post-logout-redirect-uris"
        case detailTypes = "detail-types"

        private var emptied: (field: String, value: JSON) {
            switch self {
            case .scopes: ("scopes", [])
            case .grants: ("grants", [])
            case .resources: ("resources", [])
            case .certificates: ("certificates", [:])
            case .redirectURIs: ("redirect_uris", [])
            case .postLogoutRedirectURIs: ("post_logout_redirect_uris", [])
            case .detailTypes: ("authorization_details_types", [])
            }
        }

        /// Refuses what another option fills; so it comes behind all others.
        func empty(in body: inout Body) throws {
            let (field, value) = emptied
            guard body.json[field] == nil else {
                throw ValidationError("\(rawValue) is named and emptied at once. Say one of them.")
            }
            body.set(field, value)
        }
    }

    /// `linchpin client add-scope` and `remove-scope`.
    struct OneScope<Verb: ScopeVerb>: Act {
        static var configuration: CommandConfiguration {
            CommandConfiguration(commandName: Verb.name, abstract: Verb.says)
        }
        @Argument(help: "The client's name or id.") var name: String
        @Argument(help: "The auth scope.") var scope: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/clients/\(PercentEncoding.encode(name))/\(Verb.name)", ["scope": .string(scope)])
        }

        func done(_ answer: JSON) -> String { "client \(name) holds \(Show.line(answer["scopes"] ?? .null))" }
    }

    enum AddScope: ScopeVerb {
        static let name = "add-scope"
        static let says = "Let a client hold one more auth scope."
    }

    enum RemoveScope: ScopeVerb {
        static let name = "remove-scope"
        static let says = "Take one auth scope from a client; its tokens follow at once."
    }

    struct AddSecret: Act {
        static let configuration = CommandConfiguration(
            commandName: "add-secret", abstract: "Make a further secret; it is shown once, here.",
            discussion: "With --json into a file of mode 0600 it passes no screen.")
        @Argument(help: "The client's name or id.") var name: String
        @Option(help: "When it stops working, such as 2027-01-01T00:00:00Z.") var until: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("until", until)
            return try await hub.call("POST", "/clients/\(PercentEncoding.encode(name))/add-secret", body.json)
        }

        func done(_ answer: JSON) -> String {
            "client_secret \(Show.text(answer["client_secret"] ?? .null))  shown once: keep it now\n"
                + "client_id \(Show.text(answer["client_id"] ?? .null))  until \(Show.text(answer["until"] ?? .null))"
        }
    }

    struct RemoveSecret: Act {
        static let configuration = CommandConfiguration(
            commandName: "remove-secret", abstract: "Withdraw a secret, now or at a time.")
        @Argument(help: "The client's name or id.") var name: String
        @Argument(help: "The secret's id, as `client get` shows it.") var secret: String
        @Option(help: "When it stops working; at once if left out.") var until: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("secret", secret)
            body.set("until", until)
            return try await hub.call("POST", "/clients/\(PercentEncoding.encode(name))/remove-secret", body.json)
        }

        func done(_ answer: JSON) -> String {
            "secret \(secret) of client \(name) \(until.map { "ends at \($0)" } ?? "withdrawn")"
        }
    }

    struct RevokeTokens: Act {
        static let configuration = CommandConfiguration(
            commandName: "revoke-tokens", abstract: "End every token of a client at once.")
        @Argument(help: "The client's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/clients/\(PercentEncoding.encode(name))/revoke-tokens", [:])
        }

        func done(_ answer: JSON) -> String { "every token of client \(name) revoked" }
    }
}

enum ScopeNoun: Noun {
    static let name = "auth scope"
    static let path = "/scopes"
    static let columns: [Column] = ["name", "says", "rules", "active"]
}

/// `linchpin scope …`
struct ScopeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scope", abstract: "Auth scopes: named rights to call some APIs.",
        subcommands: [
            Create.self, ListCommand<ScopeNoun>.self, GetCommand<ScopeNoun>.self, Update.self,
            DeleteCommand<ScopeNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make an auth scope.")
        @Argument(help: "The name that tokens carry.") var name: String
        @Option(
            name: .customLong("rule"),
            help: """
                A rule: "GET /api/now/table/incident". In its path * is one segment, and ** at the end all that follow. \
                Repeat for more.
                """)
        var rules: [String]
        @Option(help: "One sentence: what it is for.") var says: String?
        @Option(help: "How many seconds ago the person may have signed in at most; 0 for any time.") var maxAge: Int64?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("rules", .array(try rules.map(Rule.read)))
            body.set("says", says)
            body.set("max_age", maxAge)
            return try await hub.call("POST", "/scopes", body.json)
        }

        func done(_ answer: JSON) -> String {
            "auth scope \(name) created  \(Show.line(answer["rules"] ?? .null))\(Show.findings(answer))"
        }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change an auth scope; tokens feel it at once.")
        @Argument(help: "Its name or id.") var name: String
        @Option(name: .customLong("rule"), help: "All its rules from now on; repeat.") var rules: [String] = []
        @Option(help: "One sentence: what it is for.") var says: String?
        @Option(help: "How many seconds ago the person may have signed in at most; 0 for any time.") var maxAge: Int64?
        @Option(help: "true or false.") var active: Bool?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            if !rules.isEmpty { body.set("rules", .array(try rules.map(Rule.read))) }
            body.set("says", says)
            body.set("max_age", maxAge)
            body.set("active", active)
            return try await hub.call("PATCH", "/scopes/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String {
            "auth scope \(name) updated  \(Show.line(answer["rules"] ?? .null))\(Show.findings(answer))"
        }
    }

    /// `METHOD PATH` as one argument.
    enum Rule {
        static func read(_ text: String) throws -> JSON {
            let parts = text.split(separator: " ")
            guard parts.count == 2 else {
                throw ValidationError("A rule is a method and a path in one argument: --rule \"GET /api/now/table/x\"")
            }
            return ["method": .string(String(parts[0])), "path": .string(String(parts[1]))]
        }
    }
}
