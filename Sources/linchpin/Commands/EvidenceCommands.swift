import ArgumentParser
import Core
import Hub

/// `linchpin log …`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Transactions: every request in and out.",
        subcommands: [List.self, One.self, Summary.self])

    /// What a line shows of a transaction, in any list.
    static let columns: [Column] = [
        .time("at", "at"), Column("dir", cut: .never) { Show.line($0["direction"] ?? .null) },
        Column("who") { row in Show.safe(words(row, ["client"]).first ?? words(row, ["user"]).first ?? "-") },
        Column("call", cut: .inMiddle) { row in
            let action = row["direction"]?.string == "out" ? words(row, ["action"]) : []
            return Show.safe((action.isEmpty ? words(row, ["method", "path"]) : action).joined(separator: " "))
        },
        Column("outcome") { row in
            let status = row["status"]?.int ?? 0
            let rest = words(row, ["outcome", "reason"])
            return Show.safe(([status == 0 ? "-" : "\(status)"] + rest).joined(separator: " "))
        },
    ]

    /// What one transaction shows beside.
    static let from = Column("from") { Show.line($0["address"] ?? .null) }

    private static func words(_ row: JSON, _ names: [String]) -> [String] {
        names.compactMap { row[$0]?.string }.filter { !$0.isEmpty && $0 != "-" }
    }

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List transactions, the newest first.")
        @Option(help: "How many at most; \(Limits.pageRows.value) if not given, which is also the most.") var most: Int?
        @Option(help: "in or out.") var direction: String?
        @Option(help: "allowed, refused or failed.") var outcome: String?
        @Option(help: "Only this client's.") var client: String?
        @Option(help: "Only what came from this address.") var address: String?
        @Flag(help: "Also what the console and this command line read.") var withConsole = false
        @Option(help: "Only from this moment on, such as 2026-11-21T09:00:00Z.") var since: String?
        @Option(help: "Only before this moment.") var before: String?
        @OptionGroup var page: PageOptions
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "GET",
                Query.path(
                    "/transactions",
                    [
                        ("most", most.map(String.init)), ("direction", direction), ("outcome", outcome),
                        ("client", client), ("address", address), ("with_console", withConsole ? "true" : nil),
                        ("since", since),
                        ("before", before), ("after", page.after),
                    ]))
        }

        func show(_ answer: JSON) throws {
            Show.table(answer["items"], LogCommand.columns + ["correlation"])
            PageOptions.more(answer)
        }
    }

    struct Summary: HubCommand {
        static let configuration = CommandConfiguration(commandName: "summary", abstract: "Sum the last hour.")
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", "/transactions/summarize", [:])
        }

        func show(_ answer: JSON) throws {
            for name in ["since", "in", "out", "refused", "failed", "median_microseconds", "p95_microseconds"] {
                Terminal.say("\(name.replacing("_", with: " "))  \(Show.line(answer[name] ?? .null))")
            }
            Show.table(answer["clients"], ["client", "requests", "refused"])
        }
    }

    struct One: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show everything under one correlation id, with the checks and the next step of a refusal.")
        @Argument(help: "The correlation id, such as c-7Q2M….") var correlation: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", "/transactions/\(PercentEncoding.encode(correlation))")
        }

        func show(_ answer: JSON) throws {
            // An id of which only a count is kept leads to the refusals that were counted with it.
            let isCounted = answer["summed"] != nil
            let items = answer[isCounted ? "summed" : "items"]
            if let says = answer["says"]?.string { Terminal.say(says) }
            Show.table(items, LogCommand.columns + [LogCommand.from] + (isCounted ? ["without_row"] : []))
            for item in items?.array ?? [] {
                if let decision = item["decision"], decision.object != nil {
                    Terminal.say("")
                    ExplainCommand.show(decision, hub.folder)
                } else if let says = item["says"]?.string, let next = item["next"]?.string {
                    Terminal.say("")
                    Terminal.say("\(item["reason"]?.string ?? "-")  \(says)")
                    if let about = item["about"]?.string { Terminal.say("about \(Show.safe(about))") }
                    Terminal.say("next  \(next)")
                } else if let about = item["about"]?.string {
                    Terminal.say("")
                    Terminal.say("\(item["reason"]?.string ?? "-")  \(Show.safe(about))")
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

    @Argument(help: "GET, POST, PUT, PATCH or DELETE.") var method: String
    @Argument(help: "The path, such as /api/now/table/incident.") var path: String
    @Option(help: "A client, as if it had a fresh token.") var client: String?
    @Option(name: .customLong("scope"), help: "With --client: a scope it asks for; repeat.") var scopes: [String] = []
    @Option(help: "With --client: the person who let it in.") var user: String?
    @Flag(help: "Read a token from the terminal without echo, or from a pipe.") var token = false
    @OptionGroup var hub: HubOptions

    func validate() throws {
        guard path.hasPrefix("/") else {
            throw ValidationError("The path must begin with /, such as /api/now/table/incident.")
        }
    }

    func call(_ hub: AdminClient) async throws -> JSON {
        var body = Body()
        body.set("method", method.uppercased())
        body.set("path", path)
        body.set("client", client)
        body.set("scopes", scopes)
        body.set("user", user)
        if token { body.set("token", try Terminal.readSecret("Token: ")) }
        return try await hub.call("POST", "/decisions/explain", body.json)
    }

    func show(_ answer: JSON) throws { Self.show(answer, hub.folder) }
    func isGood(_ answer: JSON) -> Bool { answer["allowed"]?.bool == true }

    /// The checks as a list, the deciding one marked.
    static func show(_ decision: JSON, _ folder: DataOption) {
        let isAllowed = decision["allowed"]?.bool == true
        Terminal.say(
            "\(isAllowed ? "allowed" : "refused")  \(decision["method"]?.string ?? "") \(decision["path"]?.string ?? "")"
                + (isAllowed ? "" : "  \(decision["reason"]?.string ?? "")"))
        let deciding = decision["deciding"]?.string
        let asIf = decision["as_if"]?.string
        if let asIf { Terminal.say("  as if \(Show.safe(asIf))") }
        if let left = decision["left_out"]?.string { Terminal.say("  \(Show.safe(left))") }
        for check in decision["checks"]?.array ?? [] {
            let name = check["check"]?.string ?? ""
            // Nothing was presented and nothing was issued: the line above says what is supposed.
            if asIf != nil, name != deciding, name == "credential" || name == "token" { continue }
            let outcome = check["outcome"]?.string ?? ""
            let mark = name == deciding ? ">" : " "
            let pad = String(repeating: " ", count: max(1, 12 - name.count))
            let word = ["passed": "ok", "failed": "fails", "not_needed": "-", "not_reached": "-"][outcome] ?? outcome
            Terminal.say(
                "\(mark) \(name)\(pad)\(word)\(String(repeating: " ", count: max(1, 7 - word.count)))"
                    + Show.text(check["evidence"] ?? .null))
        }
        if let flip = decision["would_pass_with"]?.string, !flip.isEmpty { Terminal.say("would pass with: \(flip)") }
        for command in (decision["flip"]?.array ?? []).compactMap({ $0["command"]?.string }) {
            Terminal.say("  \(Show.safe(command))\(folder.words)")
        }
    }
}

/// `linchpin audit …`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit trail: changes, grants, refusals, in a signed hash chain.",
        subcommands: [List.self, Verify.self])

    struct List: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List audit events, the newest first.")
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
            Show.table(
                answer["items"],
                [
                    Column("n", cut: .never) { Show.line($0["n"] ?? .null) }, .time("at", "at"), "actor", "action",
                    Column("target") { event in
                        let target = event["target"]
                        return Self.names([target?["kind"], target?["name"]]).joined(separator: " ")
                    },
                    Column("details") { event in
                        let details = event["details"]?.object?.members ?? []
                        return details.filter {
                            $0.value != event["target"]?["name"] && !Self.names([$0.value]).isEmpty
                        }
                        .map { "\(Show.safe($0.name))=\(Show.line($0.value))" }.joined(separator: " ")
                    },
                ])
        }

        /// What people read; ids are for `--json`.
        private static func names(_ values: [JSON?]) -> [String] {
            values.compactMap { $0.map(Show.line) }.filter { $0 != "-" && Hex.decode($0)?.count != 16 }
        }
    }

    struct Verify: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check every link and signature.",
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
            if let key = answer["key"]?.string { Terminal.say("key \(key)") }
        }

        func isGood(_ answer: JSON) -> Bool { answer["intact"]?.bool == true }
    }
}
