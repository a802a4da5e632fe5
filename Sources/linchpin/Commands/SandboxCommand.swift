import ArgumentParser
import Core
import Foundation
import Hub
import Keys
import OktaSandbox
import Web

/// `linchpin sandbox …`
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Simulated outside systems, for trials and tests.", subcommands: [Okta.self])

    struct Okta: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "okta", abstract: "A simulated Okta org on loopback; its state lives as long as the program.")
        @Option(help: "The port on 127.0.0.1; 0 takes a free one.") var port = 9001
        @Option(help: "A file that holds the API token; made with mode 0600 when it is missing.")
        var tokenFile = "okta-sandbox.token"
        @Option(
            name: .customLong("redirect-uri"),
            help:
                "Where the trial web app's people come back to; may come several times. A hub on LINCHPIN_HTTP_PORT, or 8080, otherwise."
        )
        var redirectURIs: [String] = []
        @Option(
            name: .customLong("hooks-to"),
            help: "Where event hooks are sent, whatever their host: http://127.0.0.1:8080, a hub on this machine.")
        var hooksTo: String?
        @Option(help: "A file in the shape of Okta's user listing; 300 made-up people otherwise.")
        var seedFile: String?

        func validate() throws {
            try Port.check(port)
            guard hooksTo.map(OktaOrg.isOwn) ?? true else {
                throw ValidationError("--hooks-to takes an origin on this machine, such as http://127.0.0.1:8080")
            }
        }

        func run() async throws {
            try await Terminal.explaining {
                let effects = Effects.live()
                let token = try SandboxToken.load(tokenFile, effects)
                let url = "http://127.0.0.1:\(port)"
                var org: OktaOrg
                if let seedFile {
                    guard let bytes = FileManager.default.contents(atPath: seedFile) else {
                        throw HubError(.invalid, "no_file", "\(seedFile) cannot be read.")
                    }
                    org = try OktaOrg.seeded(
                        from: [UInt8](bytes), seed: 1, at: effects.now(), baseURL: url, tokens: [token])
                } else {
                    org = OktaOrg.builtIn(seed: 1, at: effects.now(), baseURL: url, tokens: [token])
                }
                org.signingKey = try JWSPrivateKey.make(.rs256)
                org.hooksTo = hooksTo
                let apps = try SandboxApps.add(
                    to: &org, beside: tokenFile, redirectURIs, hubPort: Startup.hubPort(), effects)
                let administrator = org.administratorLogin
                let people = org.people == 1 ? "1 person" : "\(org.people) people"
                let server = SandboxServer(port: port, logger: Startup.logger, effects: effects, org: org) { port in
                    Terminal.say(
                        "Okta sandbox http://127.0.0.1:\(port)  \(people)  token in \(tokenFile)  "
                            + "Ctrl-C stops; open it in a browser to see the org")
                    for line in apps { Terminal.say(line) }
                    Terminal.say(
                        "sign in as \(administrator), who administers the org, or as anybody; "
                            + "the password is \(OktaOrg.trialPassword)")
                }
                try await server.runUntilSignal(logger: Startup.logger)
                Terminal.say("stopped")
            }
        }
    }
}

/// The trial applications and their files, so that no secret stands in an argument or on the screen.
enum SandboxApps {
    /// Where a hub of this machine takes people back.
    private static func uris(hubPort: Int) -> [String] {
        ["127.0.0.1", "localhost"].map { "http://\($0):\(hubPort)/oauth_redirect.do" }
    }

    /// Adds both applications; the lines say where their secrets are.
    static func add(
        to org: inout OktaOrg, beside tokenFile: String, _ redirectURIs: [String], hubPort: Int, _ effects: Effects
    ) throws -> [String] {
        let folder = URL(filePath: tokenFile).deletingLastPathComponent().relativePath
        let base = (folder == "." ? "" : folder + "/") + "okta-sandbox"
        let secretFile = base + ".client-secret"
        let keyFile = base + ".service-key.pem"
        let secret = try SecretFile.load(secretFile) { Base64URL.encode(effects.randomBytes(30)) }
        let pem = try SecretFile.load(keyFile) {
            try JWSPrivateKey.make(.rs256).pem.reveal { String(decoding: $0, as: UTF8.self) }
        }
        let key = try JWSPrivateKey(pem: Secret(pem))
        let uris = redirectURIs.isEmpty ? uris(hubPort: hubPort) : redirectURIs
        let apps = try org.addTrialApps(
            secret: Secret(secret), redirectURIs: uris, serviceKey: key.publicKey, at: effects.now())
        return [
            "web app      client id \(apps.webID)  secret in \(secretFile)  back to \(uris.joined(separator: " "))",
            "service app  client id \(apps.serviceID)  key id \(key.publicKey.thumbprint)  private key in \(keyFile)",
            "both granted \(TrialApps.scopes.joined(separator: " "))",
        ]
    }
}

/// The sandbox's API token in a file, so that it stands in no argument.
enum SandboxToken {
    static func load(_ path: String, _ effects: Effects) throws -> Secret {
        Secret(try SecretFile.load(path) { Hex.encode(effects.randomBytes(20)) })
    }
}

/// A text that only this user may read; made when it is missing.
enum SecretFile {
    /// Without the spaces and line feeds around it.
    static func load(_ path: String, orMake make: () throws -> String) throws -> String {
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            let text = try make()
            guard
                files.createFile(
                    atPath: path, contents: Data((text.trimmingCharacters(in: .newlines) + "\n").utf8),
                    attributes: [.posixPermissions: 0o600])
            else { throw HubError(.invalid, "no_file", "\(path) cannot be written.") }
        }
        guard let bytes = files.contents(atPath: path),
            let text = String(validating: bytes, as: UTF8.self)?.trimmingCharacters(in: .whitespacesAndNewlines),
            !text.isEmpty
        else { throw HubError(.invalid, "no_file", "\(path) holds nothing. Remove it; a new one is made.") }
        return text
    }
}
