import ArgumentParser
import Core
import Hub

enum UserNoun: Noun {
    static let name = "user"
    static let path = "/users"
    static let columns: [Column] = ["name", "display_name", "active", "locked", "web_service_only"]
}

/// `linchpin user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People and service accounts.",
        subcommands: [
            Create.self, ListCommand<UserNoun>.self, GetCommand<UserNoun>.self, Update.self, SetPassword.self,
            EndSessions.self, RevokeTokens.self, RemoveSecondFactor.self, DeleteCommand<UserNoun>.self,
        ])

    struct RemoveSecondFactor: Act {
        static let configuration = CommandConfiguration(
            commandName: "remove-second-factor", abstract: "Take a user's second factor and recovery codes away.")
        @Argument(help: "The user's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/users/\(PercentEncoding.encode(name))/remove-second-factor", [:])
        }

        func done(_ answer: JSON) -> String { "second factor of user \(name) removed" }
    }

    struct RevokeTokens: Act {
        static let configuration = CommandConfiguration(
            commandName: "revoke-tokens", abstract: "End all tokens for a user, whichever client has them.")
        @Argument(help: "The user's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/users/\(PercentEncoding.encode(name))/revoke-tokens", [:])
        }

        func done(_ answer: JSON) -> String { "tokens for user \(name) ended: \(answer["ended"]?.int ?? 0)" }
    }

    struct EndSessions: Act {
        static let configuration = CommandConfiguration(
            commandName: "end-sessions", abstract: "End all sessions of a user, and links that are not used yet.")
        @Argument(help: "The user's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/users/\(PercentEncoding.encode(name))/end-sessions", [:])
        }

        func done(_ answer: JSON) -> String { "sessions of user \(name) ended: \(answer["ended"]?.int ?? 0)" }
    }

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Add a user, without rights and without a password.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "The name that people read.") var displayName: String?
        @Option(help: "Where mail goes.") var email: String?
        @Flag(help: "A service account: calls APIs, never signs in.") var webServiceOnly = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("display_name", displayName)
            body.set("email", email)
            if webServiceOnly { body.set("web_service_only", true) }
            return try await hub.call("POST", "/users", body.json)
        }

        func done(_ answer: JSON) -> String { "user \(name) created" }
    }

    struct Update: Act {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Change a user; what is not named stays.")
        @Argument(help: "Its name or id.") var name: String
        @Option(help: "The name that people read.") var displayName: String?
        @Option(help: "Where mail goes.") var email: String?
        @Option(help: "true or false.") var active: Bool?
        @Option(help: "true keeps the user out; false lets in again.") var locked: Bool?
        @Option(help: "Whether name and password may come with each Table API call (HTTP Basic); a finding.")
        var basicAllowed: Bool?
        @Option(help: "true for a service account, which calls APIs and never signs in.") var webServiceOnly: Bool?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("display_name", displayName)
            body.set("email", email)
            body.set("active", active)
            body.set("web_service_only", webServiceOnly)
            body.set("locked", locked)
            body.set("basic_allowed", basicAllowed)
            return try await hub.call("PATCH", "/users/\(PercentEncoding.encode(name))", try body.changes())
        }

        func done(_ answer: JSON) -> String { "user \(name) updated" }
    }

    struct SetPassword: Act {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Set a password, read without echo or from a pipe.")
        @Argument(help: "The user's name or id.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("password", try Terminal.readSecret("New password of \(name): "))
            return try await hub.call("POST", "/users/\(PercentEncoding.encode(name))/set-password", body.json)
        }

        func done(_ answer: JSON) -> String { "password of user \(name) set" }
    }
}

enum GroupNoun: Noun {
    static let name = "group"
    static let path = "/groups"
    static let columns: [Column] = ["name", "says"]
}

/// `linchpin group …`
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Groups of users; a group may be granted roles.",
        subcommands: [
            Create.self, ListCommand<GroupNoun>.self, GetCommand<GroupNoun>.self, AddMember.self, RemoveMember.self,
            DeleteCommand<GroupNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a group.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "One sentence: who belongs in it.") var says: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("says", says)
            return try await hub.call("POST", "/groups", body.json)
        }

        func done(_ answer: JSON) -> String { "group \(name) created" }
    }

    struct AddMember: Act {
        static let configuration = CommandConfiguration(commandName: "add-member", abstract: "Put a user in a group.")
        @Argument(help: "The group.") var group: String
        @Argument(help: "The user.") var user: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/groups/\(PercentEncoding.encode(group))/add-member", ["user": .string(user)])
        }

        func done(_ answer: JSON) -> String { "user \(user) is in group \(group)" }
    }

    struct RemoveMember: Act {
        static let configuration = CommandConfiguration(
            commandName: "remove-member", abstract: "Take a user out of a group.")
        @Argument(help: "The group.") var group: String
        @Argument(help: "The user.") var user: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/groups/\(PercentEncoding.encode(group))/remove-member", ["user": .string(user)])
        }

        func done(_ answer: JSON) -> String { "user \(user) is no longer in group \(group)" }
    }
}

enum RoleNoun: Noun {
    static let name = "role"
    static let path = "/roles"
    static let columns: [Column] = ["name", "says"]
}

/// `linchpin role …`
struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "What gives users rights.",
        subcommands: [
            Create.self, ListCommand<RoleNoun>.self, GetCommand<RoleNoun>.self, Grant.self, Grants.self,
            Withdraw.self, Contain.self, Release.self, DeleteCommand<RoleNoun>.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a role.")
        @Argument(help: "A unique name.") var name: String
        @Option(help: "One sentence: what it is for.") var says: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("says", says)
            return try await hub.call("POST", "/roles", body.json)
        }

        func done(_ answer: JSON) -> String { "role \(name) created" }
    }

    struct Grant: Act {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Grant a role to a user or a group.")
        @Argument(help: "The role.") var role: String
        @Option(help: "The user.") var user: String?
        @Option(help: "Or the group.") var group: String?
        @Option(help: "When it ends by itself, such as 2026-12-01T09:00:00Z.") var until: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("role", role)
            body.set("user", user)
            body.set("group", group)
            body.set("until", until)
            return try await hub.call("POST", "/role-grants", body.json)
        }

        func done(_ answer: JSON) -> String {
            let holder = user.map { "user \($0)" } ?? "group \(group ?? "-")"
            let end = until.map { " until \($0)" } ?? ""
            return "role \(role) granted to \(holder)\(end)  grant \(Show.text(answer["id"] ?? .null))"
        }
    }

    struct Grants: HubCommand {
        static let configuration = CommandConfiguration(commandName: "grants", abstract: "List who is granted what.")
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON { try await hub.call("GET", "/role-grants") }

        func show(_ answer: JSON) throws {
            let holder = Column("granted to") { grant in
                Show.safe(grant["user"]?.string ?? grant["group"]?.string.map { "group \($0)" } ?? "-")
            }
            Show.table(answer["items"], ["id", "role", holder, "until", "in_force"])
        }
    }

    struct Withdraw: Act {
        static let configuration = CommandConfiguration(
            commandName: "withdraw", abstract: "Withdraw a grant; the role ends at once.")
        @Argument(help: "The grant's id, as `role grants` shows it.") var id: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("DELETE", "/role-grants/\(PercentEncoding.encode(id))")
        }

        func done(_ answer: JSON) -> String { "grant \(id) withdrawn" }
    }

    struct Contain: Act {
        static let configuration = CommandConfiguration(commandName: "contain", abstract: "Put a role inside another.")
        @Argument(help: "The outer role.") var outer: String
        @Argument(help: "The role inside.") var inner: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/roles/\(PercentEncoding.encode(outer))/contain", ["role": .string(inner)])
        }

        func done(_ answer: JSON) -> String { "role \(outer) contains \(inner)" }
    }

    struct Release: Act {
        static let configuration = CommandConfiguration(commandName: "release", abstract: "Take a role out of another.")
        @Argument(help: "The outer role.") var outer: String
        @Argument(help: "The role inside.") var inner: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/roles/\(PercentEncoding.encode(outer))/release", ["role": .string(inner)])
        }

        func done(_ answer: JSON) -> String { "role \(outer) no longer contains \(inner)" }
    }
}
