import ArgumentParser
import Core
import Foundation
import Hub

/// `linchpin update`
struct UpdateCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Bring the schema of a stopped hub's store forward, with a copy first.",
        discussion: "`serve` does the same by itself for an embedded store. There is no way back but the copy.")
    @Flag(help: "Say what would run, and change nothing.") var check = false
    @OptionGroup var hub: HubOptions

    func run() async throws {
        try await Terminal.explaining(hub.folder) {
            let configuration = try await Startup.configuration(data: hub.folder.data, port: nil)
            try print(
                try await Progress.during("copying the store and changing its schema") {
                    check
                        ? try await Hub.checkUpdate(configuration)
                        : try await Hub.update(configuration, effects: .live(), logger: Startup.logger)
                })
        }
    }

    func show(_ answer: JSON) throws {
        let missing = answer["missing"]?.array?.map(Show.text) ?? []
        guard !missing.isEmpty else {
            return Terminal.say("schema current, version \(Show.text(answer["version"] ?? .null))")
        }
        Terminal.say("\(check ? "would run" : "ran"): \(missing.joined(separator: ", "))")
        Terminal.say("copy: \(Show.text(answer["copy"] ?? .null))")
    }
}

/// `linchpin doctor`
struct DoctorCommand: EitherWayCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at everything once: what is well, what is not, and the next step.",
        discussion: "Exit code 0: nothing fails. 1: something does. A stopped hub is looked at too.")
    @OptionGroup var hub: HubOptions

    var doing: String { "looking" }

    func call(_ hub: AdminClient) async throws -> JSON {
        try await hub.call("GET", "/checks", milliseconds: Limits.longCallMilliseconds.value)
    }

    func callStopped(_ configuration: HubConfiguration) async throws -> JSON {
        try await Hub.examineOffline(configuration, effects: .live())
    }

    func show(_ answer: JSON) throws {
        let items = answer["items"]?.array ?? []
        let width = items.map { ($0["name"]?.string ?? "").count }.max() ?? 0
        for item in items {
            let name = item["name"]?.string ?? ""
            let state = item["state"]?.string ?? ""
            let pad = String(repeating: " ", count: width - name.count)
            Terminal.say(
                "\(state.padding(toLength: 4, withPad: " ", startingAt: 0))  \(name)\(pad)  \(Show.text(item["says"] ?? .null))"
            )
            if let next = item["next"]?.string { Terminal.say("      \(Show.safe(next))") }
        }
    }

    func isGood(_ answer: JSON) -> Bool { answer["well"]?.bool == true }
}
