import ArgumentParser
import Core
import Foundation
import Hub
import OktaSandbox
import Web

/// `linchpin sandbox …`
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Simulated outside systems, for trials and tests.", subcommands: [Okta.self])

    struct Okta: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A simulated Okta org on loopback; its state lives as long as the program.")
        @Option(help: "The port on 127.0.0.1; 0 takes a free one.") var port = 9001
        @Option(help: "A file that holds the API token; made with mode 0600 when it is missing.")
        var tokenFile = "okta-sandbox.token"
        @Option(help: "A file in the shape of Okta's user listing; 300 made-up people otherwise.")
        var seedFile: String?

        func validate() throws { try Port.check(port) }

        func run() async throws {
            try await Terminal.explaining {
                let effects = Effects.live()
                let token = try SandboxToken.load(tokenFile, effects)
                let url = "http://127.0.0.1:\(port)"
                let org: OktaOrg
                if let seedFile {
                    guard let bytes = FileManager.default.contents(atPath: seedFile) else {
                        throw HubError(.invalid, "no_file", "\(seedFile) cannot be read.")
                    }
                    org = try OktaOrg.seeded(
                        from: [UInt8](bytes), seed: 1, at: effects.now(), baseURL: url, tokens: [token])
                } else {
                    org = OktaOrg.builtIn(seed: 1, at: effects.now(), baseURL: url, tokens: [token])
                }
                let people = org.people == 1 ? "1 person" : "\(org.people) people"
                let server = SandboxServer(port: port, logger: Startup.logger, effects: effects, org: org) { port in
                    Terminal.say(
                        "Okta sandbox http://127.0.0.1:\(port)  \(people)  token in \(tokenFile)  "
                            + "Ctrl-C stops; open it in a browser to see the org")
                }
                try await server.runUntilSignal(logger: Startup.logger)
                Terminal.say("stopped")
            }
        }
    }
}

/// The sandbox's API token in a file, so that it stands in no argument.
enum SandboxToken {
    static func load(_ path: String, _ effects: Effects) throws -> Secret {
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            let text = Hex.encode(effects.randomBytes(20))
            guard
                files.createFile(
                    atPath: path, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: 0o600])
            else { throw HubError(.invalid, "no_file", "\(path) cannot be written.") }
            return Secret(text)
        }
        guard let bytes = files.contents(atPath: path),
            let text = String(validating: bytes, as: UTF8.self)?.split(whereSeparator: \.isWhitespace).first
        else { throw HubError(.invalid, "no_file", "\(path) holds no token. Remove it; a new one is made.") }
        return Secret(String(text))
    }
}
