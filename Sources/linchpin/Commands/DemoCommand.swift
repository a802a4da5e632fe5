import ArgumentParser
import Core
import Foundation
import Hub
import Logging
import OktaSandbox
import Outbound
import Web

/// `linchpin demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Play the main job against a simulated Okta, in this terminal.")

    @Flag(help: "Play it and exit.") var once = false
    @Option(help: "A data folder of the demo's own; what an earlier demo left in it is replaced.")
    var data = "demo-data"
    @Option(help: "The hub's port; 0 takes a free one.") var port = 8080
    @Option(help: "The sandbox's port; 0 takes a free one.") var sandboxPort = 9001

    func validate() throws {
        try Port.check(port)
        try Port.check(sandboxPort, "--sandbox-port")
    }

    func run() async throws {
        try await Terminal.explaining {
            try DemoFolder.renew(data)
            let configuration = try await Startup.configuration(data: data, port: port)
            let run = DemoRun(configuration: configuration, sandboxPort: sandboxPort, once: once)
            guard try await run.play() else { throw ExitCode(1) }
        }
    }
}

/// The demo's data folder: marked, so that nothing but an earlier demo is ever removed.
enum DemoFolder {
    static func renew(_ path: String) throws {
        let files = FileManager.default
        let mark = path + "/.linchpin-demo"
        if files.fileExists(atPath: path) {
            guard files.fileExists(atPath: mark) else {
                throw HubError(
                    .conflict, "demo_folder", "\(path) is not an earlier demo's folder. Name another with --data.")
            }
            let lock = try DataFolder(path).lock()
            try withExtendedLifetime(lock) { try files.removeItem(atPath: path) }
        }
        _ = try DataFolder(path)
        guard files.createFile(atPath: mark, contents: nil) else {
            throw HubError(.invalid, "demo_folder", "\(path) cannot be written. Name another with --data.")
        }
    }
}
