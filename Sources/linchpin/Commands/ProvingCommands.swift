import ArgumentParser
import Core
import Foundation
import Hub

/// The commands that prove a connection, watch it, and set it up.
enum ProvingCommands {
    static func path(_ name: String, _ act: String) -> String { "/connections/\(PercentEncoding.encode(name))/\(act)" }

    /// Asks for it, if it is wanted.
    static func administratorToken(_ isWanted: Bool, _ body: inout Body) throws {
        guard isWanted else { return }
        body.set("administrator_token", try Terminal.readSecret("Administrator's token, for this run only: "))
    }

    /// The exit code where nothing is wrong as far as can be read, and not everything can.
    static let notReadable: Int32 = 3

    private static let marks = ["proved": "+", "refuted": "x", "not_readable": "?", "does_not_apply": " "]

    /// A check in some lines: its verdict, its claim, the evidence, and what to do.
    static func say(_ check: JSON) {
        let verdict = check["verdict"]?.string ?? ""
        let claim = Show.text(check["claim"] ?? .null)
        Terminal.say("\(marks[verdict] ?? " ") \(claim)  \(verdict.replacing("_", with: " "))")
        Terminal.say("    \(Show.text(check["evidence"] ?? .null))")
        for item in check["items"]?.array ?? [] {
            let next = item["next"]?.string.map { "  \($0)" } ?? ""
            Terminal.say(Show.safe("    - \(item["says"]?.string ?? "")\(next)"))
        }
        if let next = check["next"]?.string { Terminal.say(Show.safe("    next: \(next)")) }
    }

    /// `linchpin connection verify NAME`
    struct Verify: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Prove a connection: each check is proved, refuted or not readable.",
            discussion: """
                It fetches a new token and tries one reading action of each family, for each credential that calls may \
                use. Exit code 0: everything is proved. 1: something is refuted. 3: nothing is refuted, and not everything \
                can be read. The report is signed; check a kept one with `linchpin report verify FILE`.
                """)
        @Argument(help: "The connection.") var name: String
        @Option(help: "Keep the signed report in this file.") var report: String?
        @Flag(help: "Read an administrator's token from the terminal without echo, or from a pipe, for this run only.")
        var administratorToken = false
        @Flag(help: "Fetch no new token.") var noRefresh = false
        @Option(help: "The user of this hub who stands for the service account.") var account: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            if noRefresh { body.set("refresh", false) }
            body.set("account", account)
            try ProvingCommands.administratorToken(administratorToken, &body)
            let answer = try await hub.call("POST", path(name, "verify"), body.json)
            if let report { try Self.keep(answer, report) }
            return answer
        }

        private static func keep(_ answer: JSON, _ file: String) throws {
            do {
                try Data((answer.text(sorted: true) + "\n").utf8).write(to: URL(fileURLWithPath: file))
            } catch {
                throw HubError(
                    .invalid, "report_not_kept", "The report cannot be written to \(file). Name another file.")
            }
        }

        func show(_ answer: JSON) throws {
            var credential: String?
            for check in answer["checks"]?.array ?? [] {
                if let name = check["credential"]?.string, name != credential {
                    Terminal.say(Show.safe("credential \(name)"))
                    credential = name
                }
                ProvingCommands.say(check)
            }
            let counts = ["proved", "refuted", "not_readable"].map { name in
                "\(answer[name]?.int ?? 0) \(name.replacing("_", with: " "))"
            }
            Terminal.say(counts.joined(separator: ", "))
            if let report { Terminal.say(Show.safe("kept in \(report), signed by \(Self.signer(answer))")) }
        }

        private static func signer(_ answer: JSON) -> String { answer["signed"]?["key"]?.string ?? "-" }

        func exitCode(_ answer: JSON) -> Int32 {
            switch answer["verdict"]?.string {
            case "proved": 0
            case "not_readable": ProvingCommands.notReadable
            default: 1
            }
        }
    }

    /// `linchpin connection drift NAME`
    struct Drift: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "drift",
            abstract: "Compare what is needed, configured, granted and carried, and name what changed at the provider.",
            discussion: """
                Exit code 0: nothing changed. 1: something did. 3: nothing did that can be read, and not everything can.
                """)
        @Argument(help: "The connection.") var name: String
        @Flag(help: "Read an administrator's token from the terminal without echo, or from a pipe, for this run only.")
        var administratorToken = false
        @Flag(help: "Show the hub's last look and ask nobody.") var last = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            if last { body.set("look", false) }
            try ProvingCommands.administratorToken(administratorToken, &body)
            return try await hub.call("POST", path(name, "drift"), body.json)
        }

        private static func column(_ title: String, _ name: String) -> Column {
            Column(title) { ($0[name]?.string ?? "-").replacing("_", with: " ") }
        }

        func show(_ answer: JSON) throws {
            guard let at = answer["checked_at"]?.string else {
                return Terminal.say(
                    "the hub has not looked yet; look now: linchpin connection drift \(Show.safe(name))")
            }
            if let says = answer["says"]?.string {
                Terminal.say(Show.safe(says))
            } else {
                showColumns(answer)
            }
            let changes = answer["changes"]?.array ?? []
            for change in changes {
                let next = change["next"]?.string.map { " " + $0 } ?? ""
                Terminal.say(
                    Show.safe("\(change["code"]?.string ?? "-"): \(change["says"]?.string ?? "")\(next)"))
            }
            if changes.isEmpty, answer["says"]?.string == nil { Terminal.say("nothing changed that can be read") }
            Terminal.say(Show.safe("seen at \(at)"))
            guard Self.isUnread(answer), answer["with_administrator_token"]?.bool != true else { return }
            Terminal.say(
                Show.safe("next: read the rest once: linchpin connection drift \(name) --administrator-token"))
        }

        private func showColumns(_ answer: JSON) {
            Show.table(
                answer["columns"]?["scopes"],
                [
                    "scope", Self.column("needed by flows", "needed_by_flows"),
                    Self.column("configured here", "configured_here"),
                    Self.column("granted there", "granted_at_the_provider"),
                    Self.column("carried", "carried_by_the_token"),
                ])
            for column in answer["columns"]?["not_readable"]?.object?.members ?? [] {
                let why = column.value.string ?? ""
                Terminal.say(Show.safe("\(column.name.replacing("_", with: " ")): not readable. \(why)"))
            }
            let unread = (answer["columns"]?["not_read"]?.texts ?? []).map { $0.replacing("_", with: " ") }
            if !unread.isEmpty { Terminal.say(Show.safe("not read: \(unread.joined(separator: ", "))")) }
        }

        private static func isUnread(_ answer: JSON) -> Bool {
            let columns = answer["columns"]
            return columns?["not_readable"]?.object?.members.isEmpty == false
                || columns?["not_read"]?.array?.isEmpty == false
        }

        func exitCode(_ answer: JSON) -> Int32 {
            if answer["changes"]?.array?.isEmpty == false { return 1 }
            return answer["checked_at"]?.string == nil || Self.isUnread(answer) ? ProvingCommands.notReadable : 0
        }
    }

    /// `linchpin connection begin-set-up NAME`
    struct BeginSetUp: Act {
        static let configuration = CommandConfiguration(
            commandName: "begin-set-up", abstract: "Give the service account a role until a moment, to set it up.",
            discussion: "Sign in as it by a link: linchpin admin link USER. It ends at its time, or by end-set-up.")
        @Argument(help: "The connection.") var name: String
        @Option(help: "The user of this hub who stands for the service account.") var account: String?
        @Option(help: "credential_admin or connection_admin.") var role: String?
        @Option(help: "When it ends by itself, such as 2026-12-01T09:00:00Z; in an hour if not given.")
        var until: String?
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("account", account)
            body.set("role", role)
            body.set("until", until)
            return try await hub.call("POST", path(name, "begin-set-up"), body.json)
        }

        func done(_ answer: JSON) -> String {
            let account = answer["account"]?.string ?? "-"
            return "\(answer["acting"]?.string ?? "-") acts for \(account) as \(answer["role"]?.string ?? "-") until "
                + "\(answer["until"]?.string ?? "-")\nSign in as it: linchpin admin link \(account)\(hub.folder.words)"
        }
    }

    /// `linchpin connection end-set-up NAME`
    struct EndSetUp: Act {
        static let configuration = CommandConfiguration(
            commandName: "end-set-up", abstract: "End the set-up session: the role goes, web services only again.")
        @Argument(help: "The connection.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", path(name, "end-set-up"), [:])
        }

        func done(_ answer: JSON) -> String {
            "set-up session of \(answer["account"]?.string ?? "-") ended; it is web service access only"
        }
    }
}

/// `linchpin report …`
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Signed reports that were kept.", subcommands: [Verify.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check a report's signature; needs no hub.",
            discussion: "Exit code 0: intact. 1: not. Without --key the report's own key counts: compare it.")
        @Argument(help: "The file.") var file: String
        @Option(help: "The hub's public key, 64 hexadecimal digits; `linchpin audit verify` shows it.") var key: String?
        @Flag(help: "Print the answer as JSON.") var json = false

        func run() throws {
            let answer: JSON
            do {
                guard let data = FileManager.default.contents(atPath: file) else {
                    throw HubError(.notFound, "no_report", "There is no file \(file). Name the report's file.")
                }
                answer = try KeptReport.verify(Array(data), key: key)
            } catch let error as HubError {
                Terminal.complain(Show.safe(error.message))
                throw ExitCode(1)
            }
            if json { Terminal.say(answer.description) } else { say(answer) }
            guard answer["intact"]?.bool == true else { throw ExitCode(1) }
        }

        private func say(_ answer: JSON) {
            Terminal.say("report verify: \(Show.text(answer["says"] ?? .null))")
            guard answer["intact"]?.bool == true else { return }
            Terminal.say(
                "connection \(Show.text(answer["connection"] ?? .null))  \(Show.text(answer["proved"] ?? .null)) proved, "
                    + "\(Show.text(answer["refuted"] ?? .null)) refuted, "
                    + "\(Show.text(answer["not_readable"] ?? .null)) not readable")
        }
    }
}
