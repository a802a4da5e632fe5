import Core
import Foundation

/// A PostgreSQL database of its own for each test. `Scripts/with-postgres` brings the server.
public enum TestPostgres {
    /// How to reach the server. A missing server fails the test; it is not skipped.
    public static func server() throws -> String {
        guard let text = ProcessInfo.processInfo.environment["LINCHPIN_TEST_POSTGRES"], !text.isEmpty else {
            throw HubError(
                .internal, "no_postgres",
                "LINCHPIN_TEST_POSTGRES is not set. Run the tests by: Scripts/with-postgres swift test")
        }
        return text
    }

    /// Makes an empty database, hands over how to reach it, and drops it.
    public static func withDatabase<R>(_ body: (String) async throws -> R) async throws -> R {
        let server = try server()
        await places.take()
        do {
            let result = try await made(on: server, body)
            await places.giveBack()
            return result
        } catch {
            await places.giveBack()
            throw error
        }
    }

    /// How many databases there are at once: each may hold a pool of sessions, and the server has a bound.
    private static let places = Places(16)

    private static func made<R>(on server: String, _ body: (String) async throws -> R) async throws -> R {
        let name = "t" + Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255) })
        try await administer(server, "CREATE DATABASE \(name) TEMPLATE template0")
        do {
            // libpq lets the later keyword win.
            let result = try await body("\(server) dbname=\(name)")
            try await administer(server, "DROP DATABASE \(name) WITH (FORCE)")
            return result
        } catch {
            try await administer(server, "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
            throw error
        }
    }

    /// Statements that no transaction takes, by `psql`.
    public static func administer(_ conninfo: String, _ statement: String) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-c", statement]
        process.standardInput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        guard status == 0 else { throw HubError(.internal, "psql_failed", "psql failed at: \(statement)") }
    }
}

/// A bounded number of places; who comes when all are taken waits in line.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
