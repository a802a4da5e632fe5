import ArgumentParser
import Core
import Foundation
import Hub

/// Work on a store that a running hub does itself, and this program where none runs.
enum EitherWay {
    /// Asks the running hub; with none, does it on the files.
    static func ask(
        _ options: HubOptions, running: (AdminClient) async throws -> JSON,
        stopped: (HubConfiguration) async throws -> JSON
    ) async throws -> JSON {
        let configuration = try await Startup.configuration(data: options.folder.data, port: nil)
        let client = AdminClient(data: configuration.data)
        let asked: Result<JSON, any Error>
        do { asked = .success(try await running(client)) } catch { asked = .failure(error) }
        try await client.close()
        do { return try asked.get() } catch let error as HubError where error.reason == "no_hub" {
            return try await stopped(configuration)
        }
    }
}

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

    struct Make: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Make and verify a copy; the default.",
            discussion: "The master key is not in it: keep that elsewhere. A stopped hub is copied too.")
        @Argument(help: "A folder to put it into; backups in the data folder if left out.") var folder: String?
        @OptionGroup var hub: HubOptions

        func run() async throws {
            let elsewhere = folder.map(CopyName.absolute)
            try await Terminal.explaining(hub.folder) {
                let made = try await Progress.during("copying and verifying the store") {
                    try await EitherWay.ask(hub) { client in
                        try await client.call(
                            "POST", "/backups", body(elsewhere), milliseconds: Limits.longCallMilliseconds.value)
                    } stopped: { configuration in
                        try await Hub.backUpOffline(configuration, in: elsewhere, effects: .live())
                    }
                }
                try print(made)
            }
        }

        func call(_ hub: AdminClient) async throws -> JSON { .null }

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

    struct List: HubCommand {
        static let configuration = CommandConfiguration(abstract: "List the copies, the newest first.")
        @Argument(help: "A folder of copies; backups in the data folder if left out.") var folder: String?
        @OptionGroup var hub: HubOptions

        func run() async throws {
            let elsewhere = folder.map(CopyName.absolute)
            try await Terminal.explaining(hub.folder) {
                try print(
                    try await EitherWay.ask(hub) { client in
                        try await client.call("GET", Query.path("/backups", [("folder", elsewhere)]))
                    } stopped: { configuration in
                        try Hub.listBackups(configuration, in: elsewhere)
                    })
            }
        }

        func call(_ hub: AdminClient) async throws -> JSON { .null }

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

private func body(_ folder: String?) -> JSON {
    var body = Body()
    body.set("folder", folder)
    return body.json
}

/// `linchpin restore COPY`
struct RestoreCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a copy the store again; what is there is put aside first.",
        discussion: "Every token ends, and what ran when the copy was made is not gone on with. A stopped hub too.")
    @Argument(help: "A name that `backup list` shows, or the path of a copy.") var copy: String
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var hub: HubOptions

    func run() async throws {
        let wanted = CopyName(copy)
        try await Terminal.explaining(hub.folder) {
            try confirm(wanted.name)
            let ordered = try await Progress.during("checking the copy and opening the hub on it") {
                try await EitherWay.ask(hub) { client in
                    let ordered = try await client.call(
                        "POST", "/backups/\(PercentEncoding.encode(wanted.name))/restore", body(wanted.folder),
                        milliseconds: Limits.longCallMilliseconds.value)
                    try await untilOpen(client, ordered)
                    return ordered
                } stopped: { configuration in
                    try await Hub.restoreOffline(
                        configuration, wanted.name, in: wanted.folder, effects: .live(), logger: Startup.logger)
                }
            }
            try print(ordered)
        }
    }

    func call(_ hub: AdminClient) async throws -> JSON { .null }

    func show(_ answer: JSON) throws {
        Terminal.say(
            "store restored from \(Show.text(answer["backup"] ?? .null)), made at \(Show.text(answer["made_at"] ?? .null))"
        )
        Terminal.say("what was there before is backup \(Show.text(answer["put_aside"] ?? .null))")
        Terminal.say("Every token has ended. See: linchpin audit list --action store.restored\(hub.folder.words)")
    }

    private func confirm(_ name: String) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("A restore changes everything. Say --yes, or type the copy's name at a terminal.")
        }
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
