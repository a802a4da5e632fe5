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
        let hub = try await Hub.open(configuration, effects: effects, logger: Startup.logger)
        let ports = DemoPorts()
        let result = try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                let sandbox = SandboxServer(
                    port: sandboxPort, logger: Startup.logger, effects: effects,
                    org: OktaOrg.builtIn(
                        seed: 1, at: effects.now(), baseURL: "http://127.0.0.1:\(sandboxPort)", tokens: [token]),
                    running: { await ports.sandbox($0) })
                try await sandbox.run()
                return nil
            }
            group.addTask {
                try await HubServer(hub, logger: Startup.logger).run { _ in await ports.hub() }
                return nil
            }
            group.addTask {
                let port = await ports.both()
                let went = try await narrate(hub, sandboxPort: port, token: token, effects)
                if once { return went }
                Terminal.say("\nhub \(hub.url) stays up    Ctrl-C stops it and keeps \(configuration.data)")
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
                if group.isEmpty { break }
            }
            return true
        }
        await hub.close()
        return result
    }

    private func narrate(_ hub: Hub, sandboxPort: Int, token: Secret, _ effects: Effects) async throws -> Bool {
        let sandboxURL = "http://127.0.0.1:\(sandboxPort)"
        Terminal.say(
            "linchpin 0.1  hub \(hub.url)  ·  Okta sandbox \(sandboxURL) (300 people)  ·  store \(configuration.data)\n")
        let outbound = OutboundClient()
        let admin = AdminClient(data: configuration.data)
        let demo = Demo(
            admin: admin, outbound: outbound, hubURL: hub.url, sandboxURL: sandboxURL, sandboxToken: token,
            flows: Demo.shippedFlows, effects: effects, say: Terminal.say)
        let went = try await demo.play()
        try await admin.close()
        try await outbound.shutdown()
        return went
    }
}

/// Waits until both listeners are up.
private actor DemoPorts {
    private var sandboxPort: Int?
    private var isHubUp = false
    private var waiting: CheckedContinuation<Int, Never>?

    func sandbox(_ port: Int) {
        sandboxPort = port
        wake()
    }

    func hub() {
        isHubUp = true
        wake()
    }

    func both() async -> Int {
        await withCheckedContinuation { continuation in
            waiting = continuation
            wake()
        }
    }

    private func wake() {
        guard let sandboxPort, isHubUp, let waiting else { return }
        self.waiting = nil
        waiting.resume(returning: sandboxPort)
    }
}
