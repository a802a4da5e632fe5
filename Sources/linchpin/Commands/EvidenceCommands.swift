import ArgumentParser
import Core
import Hub

/// `linchpin log …`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Transactions: every request in and out.", subcommands: [List.self, One.self])
    static let columns = ["at", "direction", "client", "method", "path", "status", "outcome", "reason", "correlation"]

    struct List: HubCommand {
        static let configuration = CommandConfiguration(abstract: "List transactions, the newest first.")
        @Option(help: "How many at most.") var most: Int?
        @Option(help: "in or out.") var direction: String?
        @Option(help: "allowed, refused or failed.") var outcome: String?
        @Option(help: "Only this client's.") var client: String?
        @Option(help: "Only from this moment on, such as 2026-11-21T09:00:00Z.") var since: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET",
                Query.path(
                    "/transactions",
                    [
                        ("most", most.map(String.init)), ("direction", direction), ("outcome", outcome),
                        ("client", client), ("since", since),
                    ]))
        }

        func show(_ answer: JSON) throws { Show.table(answer["items"]?.array ?? [], LogCommand.columns) }
    }

    struct One: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show everything under one correlation id, with the checks of a refusal.")
        @Argument(help: "The correlation id, such as c-7Q2M….") var correlation: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", "/transactions/\(PercentEncoding.encode(correlation))")
        }

        func show(_ answer: JSON) throws {
            let items = answer["items"]?.array ?? []
            Show.table(
                items, ["at", "direction", "client", "method", "path", "action", "status", "outcome", "reason"])
            for item in items {
                if let decision = item["decision"], decision.object != nil {
                    Terminal.say("")
                    ExplainCommand.show(decision)
                }
            }
        }
    }
}

/// `linchpin explain`
struct ExplainCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Would this call pass, and why?",
        discussion: "Exit code 0: it would pass. 1: it would not.")

    @Argument(help: "GET, POST, PATCH or DELETE.") var method: String
    @Argument(help: "The path, such as /api/now/table/incident.") var path: String
    @Option(help: "A client, as if it had a fresh token.") var client: String?
    @Option(name: .customLong("scope"), help: "With --client: a scope it asks for; repeat.") var scopes: [String] = []
    @Flag(help: "Read a token from the terminal without echo, or from a pipe.") var token = false
    @OptionGroup var hub: HubOptions

    func call(_ hub: AdminClient) async throws -> JSON {
        var body = Body()
        body.set("method", method.uppercased())
        body.set("path", path)
        body.set("client", client)
        body.set("scopes", scopes)
        if token { body.set("token", try Terminal.readSecret("Token: ")) }
        return try await hub.call("POST", "/decisions/explain", body.json)
    }

    func show(_ answer: JSON) throws {
        Self.show(answer)
        if answer["allowed"]?.bool != true { throw ExitCode(1) }
    }

    /// The checks as a list, the deciding one marked.
    static func show(_ decision: JSON) {
        let isAllowed = decision["allowed"]?.bool == true
        Terminal.say(
            "\(isAllowed ? "allowed" : "refused")  \(decision["method"]?.string ?? "") \(decision["path"]?.string ?? "")"
                + (isAllowed ? "" : "  \(decision["reason"]?.string ?? "")"))
        let deciding = decision["deciding"]?.string
        for check in decision["checks"]?.array ?? [] {
            let name = check["check"]?.string ?? ""
            let outcome = check["outcome"]?.string ?? ""
            let mark = name == deciding ? ">" : " "
            let pad = String(repeating: " ", count: max(1, 12 - name.count))
            let word = ["passed": "ok", "failed": "fails", "not_needed": "-"][outcome] ?? outcome
            Terminal.say(
                "\(mark) \(name)\(pad)\(word)\(String(repeating: " ", count: max(1, 7 - word.count)))"
                    + Show.text(check["evidence"] ?? .null))
        }
        if let flip = decision["would_pass_with"]?.string, !flip.isEmpty { Terminal.say("would pass with: \(flip)") }
    }
}

/// `linchpin audit …`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit trail: changes, grants, refusals, in a signed hash chain.",
        subcommands: [List.self, Verify.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(abstract: "List audit events, the newest first.")
        @Option(help: "How many at most.") var most: Int?
        @Option(help: "Only this kind, such as configuration.updated.") var action: String?
        @Option(help: "Only events about this id or name.") var target: String?
        @Option(help: "Only events under this correlation id.") var correlation: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET",
                Query.path(
                    "/audit-events",
                    [
                        ("most", most.map(String.init)), ("action", action), ("target", target),
                        ("correlation", correlation),
                    ]))
        }

        func show(_ answer: JSON) throws {
            Show.table(answer["items"]?.array ?? [], ["n", "at", "action", "actor", "target", "correlation"])
        }
    }

    struct Verify: HubCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every link and signature.",
            discussion: "Exit code 0: intact. 1: broken. Keep the checkpoint line elsewhere; it is the next --witness.")
        @Option(help: "A checkpoint line that was kept elsewhere.") var witness: String?
        @Flag(help: "Read the files of a stopped hub, or of a copy of its folder; needs no master key.")
        var offline = false
        @OptionGroup var hub: HubOptions

        func run() async throws {
            guard offline else { return try await ask() }
            try await Terminal.explaining {
                let configuration = try await Startup.configuration(data: hub.folder.data, port: nil)
                try print(try await Hub.verifyOffline(configuration, witness: witness))
            }
        }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("witness", witness)
            return try await hub.call("POST", "/audit-events/verify", body.json)
        }

        func show(_ answer: JSON) throws {
            Terminal.say("audit verify: \(answer["says"]?.string ?? "-")")
            if let checkpoint = answer["checkpoint"]?.string { Terminal.say(checkpoint) }
            if answer["intact"]?.bool != true { throw ExitCode(1) }
        }
    }
}
