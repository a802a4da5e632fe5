import Configuration
import Core
import Foundation
import Keys
import Logging
import OktaSandbox
import Outbound
import Ports
import Synchronization
import TestSupport
import Web

@testable import Hub

/// A hub that really listens, on TCP and on its own socket, with everything that a test needs around it.
struct TestHub: Sendable {
    let hub: Hub
    let folder: String
    let admin: AdminClient
    let outbound: OutboundClient
    let clock: MovableClock
    /// What the hub's logger was given.
    let logged: LogLines
    /// Every reply body that this test got over TCP.
    let seen: SeenBodies
    /// The sandbox beside it, when one was asked for.
    let sandboxURL: String
    /// The PostgreSQL database, when it runs on one.
    let conninfo: String?

    static let sandboxToken = "canary-okta-00aPIkeY8fJq2mXv7Lw1"

    /// Starts a hub on a new data folder, hands it over, stops it and removes the folder.
    static func with<R>(
        _ store: TestStore = .sqlite, sandbox: Bool = false, masterKey: String? = nil, pages: Pages = .none,
        variables: [String: String] = [:], _ body: (TestHub) async throws -> R
    ) async throws -> R {
        try await withFolder { folder in
            guard store == .postgres else {
                return try await start(folder, nil, sandbox, masterKey, pages, variables, body)
            }
            return try await TestPostgres.withDatabase { conninfo in
                try await start(folder, conninfo, sandbox, masterKey, pages, variables, body)
            }
        }
    }

    /// A new folder with mode 0700, removed afterwards. Its path is short: a socket's path has 107 bytes.
    static func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
        let path = FileManager.default.temporaryDirectory.path + "/lh-" + Hex.encode(fresh(6))
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    static func fresh(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }

    /// The configuration that these variables make.
    static func configuration(_ variables: [String: String]) async throws -> HubConfiguration {
        let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        return try await HubConfiguration(reader.scoped(to: "linchpin"))
    }

    private static func start<R>(
        _ folder: String, _ conninfo: String?, _ sandbox: Bool, _ masterKey: String?,
        _ pages: Pages, _ more: [String: String], _ body: (TestHub) async throws -> R
    ) async throws -> R {
        var variables = more.merging(["LINCHPIN_DATA": folder, "LINCHPIN_HTTP_PORT": "0"]) { own, _ in own }
        variables["LINCHPIN_DATABASE"] = conninfo
        variables["LINCHPIN_MASTER_KEY"] = masterKey
        let (clock, lines) = (MovableClock(), LogLines())
        let (configuration, data) = (try await configuration(variables), try DataFolder(folder))
        let hub = try await Hub.open(
            configuration, effects: clock.effects, logger: lines.logger, data, try data.lock(), pages: pages,
            hasher: PasswordHasher(logN: 4))
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = RunningServer(
            hub, logger: lines.logger,
            beside: sandbox
                ? [
                    SandboxServer(
                        port: 0, logger: lines.logger, effects: clock.effects,
                        org: .builtIn(seed: 1, at: clock.now, baseURL: "", tokens: [Secret(sandboxToken)]),
                        running: { number in
                            port.yield(number)
                            port.finish()
                        })
                ] : [])
        try await server.up()
        if !sandbox { port.finish() }
        var sandboxURL = ""
        for await number in ports { sandboxURL = "http://127.0.0.1:\(number)" }
        let test = TestHub(
            hub: hub, folder: folder, admin: AdminClient(data: folder), outbound: OutboundClient(), clock: clock,
            logged: lines, seen: SeenBodies(), sandboxURL: sandboxURL, conninfo: conninfo)
        let result: Result<R, any Error>
        do { result = .success(try await body(test)) } catch { result = .failure(error) }
        try await test.admin.close()
        try await test.outbound.shutdown()
        try await server.stop()
        await hub.close()
        return try result.get()
    }
}

/// A server in a task of its own, until the test is done with it.
struct RunningServer: Sendable {
    private let task: Task<Void, any Error>
    private let ready: AsyncStream<Void>
    private let done: AsyncStream<Void>.Continuation

    init(_ hub: Hub, logger: Logger, beside others: [SandboxServer]) {
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        let (ending, done) = AsyncStream<Void>.makeStream()
        self.ready = ready
        self.done = done
        task = Task {
            defer { isReady.finish() }
            try await HubServer(hub, logger: logger).run(signals: [], beside: others) {
                isReady.yield()
                for await _ in ending {}
                return .stop
            }
        }
    }

    /// Returns when it listens; throws what stopped it otherwise.
    func up() async throws {
        for await _ in ready { return }
        try await task.value
    }

    func stop() async throws {
        done.finish()
        try await task.value
    }
}

/// The real clock and dice, and a hand that moves or stops the clock.
final class MovableClock: Sendable {
    private struct Hand {
        var ahead: Int64 = 0
        var stoppedAt: Timestamp?
    }

    private let live = Effects.live()
    private let hand = Mutex(Hand())

    var now: Timestamp { hand.withLock { ($0.stoppedAt ?? live.now()).adding(seconds: $0.ahead) } }
    /// Moves it forward, or back when negative.
    func advance(seconds: Int64) { hand.withLock { $0.ahead += seconds } }
    /// From now on only `advance` moves it; timers go on.
    func stop() { hand.withLock { $0.stoppedAt = live.now() } }

    var effects: Effects {
        var effects = live
        effects.now = { self.now }
        return effects
    }
}

/// Every body that came back.
final class SeenBodies: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func add(_ body: [UInt8]) { bytes.withLock { $0 += body + [UInt8(ascii: "\n")] } }
    var all: [UInt8] { bytes.withLock { $0 } }
}

/// Everything that was logged, as text.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock {
                $0.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
            }
        }
    }
}
