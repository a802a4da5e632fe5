import Console
import Core
import Foundation
import Hub
import OktaSandbox
import Outbound
import Web

/// A hub and a sandbox in one process, and the play between them.
struct DemoRun: Sendable {
    let configuration: HubConfiguration
    let sandboxPort: Int
    let once: Bool

    /// Runs both until the play is over (`once`) or Ctrl-C; returns whether the play went well.
    func play() async throws -> Bool {
        let effects = Effects.live()
        let token = Secret(Hex.encode(effects.randomBytes(20)))
        let hub = try await Hub.open(
            configuration, effects: effects, logger: Startup.logger, pages: Console.pages())
        let reached = DemoPort()
        let sandbox = SandboxServer(
            port: sandboxPort, logger: Startup.logger, effects: effects,
            org: OktaOrg.builtIn(
                seed: 1, at: effects.now(), baseURL: "http://127.0.0.1:\(sandboxPort)", tokens: [token]),
            running: { await reached.set($0) })
        let outcome = DemoOutcome()
        let ran: Result<Void, any Error>
        do {
            try await HubServer(hub, logger: Startup.logger).run(beside: [sandbox]) {
                let port = try await reached.port()
                await outcome.set(try await narrate(hub, sandboxPort: port, token: token, effects))
                if once { return .stop }
                try await offerConsole()
                Terminal.say("hub \(hub.url) stays up    Ctrl-C stops it and keeps \(configuration.data)")
                return .serve
            }
            ran = .success(())
        } catch { ran = .failure(error) }
        await hub.close()
        try ran.get()
        if !once { Terminal.say("stopped; \(configuration.data) is kept") }
        return await outcome.wentWell
    }

    /// Makes an administrator without a password, and a link for the person at the terminal.
    private func offerConsole() async throws {
        let admin = AdminClient(data: configuration.data)
        let made: Result<JSON, any Error>
        do {
            _ = try await admin.call("POST", "/users", ["name": "you", "display_name": "You, at the terminal"])
            _ = try await admin.call("POST", "/role-grants", ["user": "you", "role": "admin"])
            made = .success(try await admin.call("POST", "/sign-in-links", ["user": "you"]))
        } catch { made = .failure(error) }
        try await admin.close()
        let link = try made.get()["link"]?.string ?? ""
        Terminal.say("\nconsole  sign in once, within \(Limits.signInLinkSeconds.value / 60) minutes: \(link)")
        Terminal.say("         another link: linchpin admin link you --data \(configuration.data)")
    }

    private func narrate(_ hub: Hub, sandboxPort: Int, token: Secret, _ effects: Effects) async throws -> Bool {
        let sandboxURL = "http://127.0.0.1:\(sandboxPort)"
        Terminal.say(
            "linchpin \(Hub.version)  hub \(hub.url)  ·  Okta sandbox \(sandboxURL) (300 people)  ·  store \(configuration.data)\n"
        )
        let outbound = OutboundClient()
        let admin = AdminClient(data: configuration.data)
        let demo = Demo(
            admin: admin, data: configuration.data, outbound: outbound, hubURL: hub.url, sandboxURL: sandboxURL,
            sandboxToken: token, staysUp: !once, flows: Demo.shippedFlows, effects: effects, say: Terminal.say)
        let played: Result<Bool, any Error>
        do { played = .success(try await demo.play()) } catch { played = .failure(error) }
        try await admin.close()
        try await outbound.shutdown()
        return try played.get()
    }
}

/// How the play went; it has gone well only once it was seen to.
private actor DemoOutcome {
    private(set) var wentWell = false
    func set(_ value: Bool) { wentWell = value }
}

/// The sandbox's port, known once it listens.
private actor DemoPort {
    private var known: Int?
    private var waiting: CheckedContinuation<Int?, Never>?

    func set(_ port: Int) {
        known = port
        letGo(port)
    }

    /// The port; throws `CancellationError` when the sandbox never listened and everything is stopping.
    func port() async throws -> Int {
        if let known { return known }
        let found = await withTaskCancellationHandler {
            await withCheckedContinuation { waiting = $0 }
        } onCancel: {
            Task { await self.letGo(nil) }
        }
        guard let found else { throw CancellationError() }
        return found
    }

    private func letGo(_ port: Int?) {
        waiting?.resume(returning: port)
        waiting = nil
    }
}
