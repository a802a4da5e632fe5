import ArgumentParser
import Core
import Foundation
import Hub

/// A copy as it is named on the command line: a name in the hub's own folder, or a path.
struct CopyName {
    let name: String
    let folder: String?

    init(_ text: String) {
        guard text.contains("/") else {
            (name, folder) = (text, nil)
            return
        }
        let url = URL(fileURLWithPath: text).standardizedFileURL
        (name, folder) = (url.lastPathComponent, url.deletingLastPathComponent().path)
    }

    /// A folder's absolute path, as the hub takes it.
    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}

/// `linchpin backup [FOLDER]` and `linchpin backup list [FOLDER]`
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies of the store, made while the hub runs.",
        subcommands: [Make.self, List.self], defaultSubcommand: Make.self)

    struct Make: EitherWayCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Make and verify a copy; the default.",
            discussion: "The master key is not in it: keep that elsewhere. A stopped hub is copied too.")
        @Argument(help: "A folder to put it into, with a / in its path; backups in the data folder if left out.")
        var folder: String?
        @OptionGroup var hub: HubOptions

        var doing: String { "copying and verifying the store" }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("folder", folder.map(CopyName.absolute))
            return try await hub.call(
                "POST", "/backups", body.json, milliseconds: Limits.longCallMilliseconds.value)
        }

        func callStopped(_ configuration: HubConfiguration) async throws -> JSON {
            try await Hub.backUpOffline(configuration, in: folder.map(CopyName.absolute), effects: .live())
        }

        func show(_ answer: JSON) throws {
            Terminal.say("backup \(Show.text(answer["name"] ?? .null))  \(Show.text(answer["bytes"] ?? .null)) bytes")
            Terminal.say("sha256 \(Show.text(answer["sha256"] ?? .null))")
            Terminal.say("audit  \(Show.text(answer["audit"] ?? .null))")
            if let checkpoint = answer["checkpoint"]?.string { Terminal.say(Show.safe(checkpoint)) }
            Terminal.say("The master key is not in it. Without the key the copy opens nowhere: keep both, apart.")
        }

        func isGood(_ answer: JSON) -> Bool {
            answer["checkpoint"]?.string != nil || answer["audit"]?.string?.hasPrefix("intact") == true
        }
    }

    struct List: EitherWayCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the copies, the newest first.")
        @Argument(help: "A folder of copies; backups in the data folder if left out.") var folder: String?
        @OptionGroup var hub: HubOptions

        var doing: String { "reading the manifests" }

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("GET", Query.path("/backups", [("folder", folder.map(CopyName.absolute))]))
        }

        func callStopped(_ configuration: HubConfiguration) async throws -> JSON {
            try Hub.listBackups(configuration, in: folder.map(CopyName.absolute))
        }

        func show(_ answer: JSON) throws {
            Show.table(
                answer["items"],
                [
                    Column("name", cut: .never) { Show.line($0["name"] ?? .null) }, .time("made_at", "made"), "reason",
                    "version", "bytes", "audit",
                    Column("usable") { Show.line($0["usable"] ?? .null) },
                ])
        }
    }
}

/// `linchpin restore COPY`
struct RestoreCommand: EitherWayCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a copy the store again; what is there is put aside first.",
        discussion: "Every token ends, and what ran when the copy was made is not gone on with. A stopped hub too.")
    @Argument(help: "A name that `backup list` shows, or the path of a copy.") var copy: String
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var hub: HubOptions

    var doing: String { "checking the copy and opening the hub on it" }

    func validate() throws {
        guard yes || isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("A restore changes everything. Say --yes, or type the copy's name at a terminal.")
        }
    }

    func run() async throws {
        try await Terminal.explaining(hub.folder) { try confirm() }
        try await askEitherWay()
    }

    func call(_ hub: AdminClient) async throws -> JSON {
        let wanted = CopyName(copy)
        var body = Body()
        body.set("folder", wanted.folder)
        let ordered = try await hub.call(
            "POST", "/backups/\(PercentEncoding.encode(wanted.name))/restore", body.json,
            milliseconds: Limits.longCallMilliseconds.value)
        try await untilOpen(hub, ordered)
        return ordered
    }

    func callStopped(_ configuration: HubConfiguration) async throws -> JSON {
        let wanted = CopyName(copy)
        return try await Hub.restoreOffline(
            configuration, wanted.name, in: wanted.folder, effects: .live(), logger: Startup.logger)
    }

    func show(_ answer: JSON) throws {
        Terminal.say(
            "store restored from \(Show.text(answer["backup"] ?? .null)), made at \(Show.text(answer["made_at"] ?? .null))"
        )
        Terminal.say("what was there before is backup \(Show.text(answer["put_aside"] ?? .null))")
        Terminal.say("Every token has ended. See: linchpin audit list --action store.restored\(hub.folder.words)")
    }

    /// Goes on once a person has typed the copy's name, or said `--yes`.
    private func confirm() throws {
        guard !yes else { return }
        let name = CopyName(copy).name
        Terminal.complain("The store becomes what it was at \(Show.safe(name)). Type that name to go on:")
        guard readLine(strippingNewline: true) == name else {
            throw HubError(.invalid, "not_confirmed", "Not restored: that is not the name.")
        }
    }

    /// Waits for the hub's own word, an event in the restored store.
    private func untilOpen(_ client: AdminClient, _ ordered: JSON) async throws {
        let effects = Effects.live()
        for _ in 0..<(Limits.reopenSeconds.value * 4) {
            try await effects.sleep(250)
            do {
                let events = try await client.call("GET", "/audit-events?action=store.restored&most=1")
                if events["items"]?.array?.first?["target"]?["id"] == ordered["restore"] { return }
            } catch let error as HubError where error.kind == .unavailable {
                // It is closing, or opening.
                continue
            }
        }
        throw HubError(
            .timeout, "not_open_yet",
            "The copy was accepted, but the hub has not opened it yet. Look at what it writes; it goes on when started."
        )
    }
}
