import Core
import Dispatch
import Foundation
import Synchronization
import TestSupport

/// A PostgreSQL server of the test's own, which can be stopped and started again.
final class OwnPostgres: Sendable {
    private let folder: String
    private let running = Mutex<Process?>(nil)

    var conninfo: String { "host=\(folder) user=postgres dbname=postgres" }

    private init(_ folder: String) { self.folder = folder }

    /// Hands over a server that runs, and takes it away afterwards.
    static func with<R>(_ body: (OwnPostgres) async throws -> R) async throws -> R {
        try await withFolder { folder in
            // It refuses to run as root, and so needs a folder that is not root's.
            if getuid() == 0, let user = getpwnam("postgres") {
                _ = chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
            }
            let server = OwnPostgres(folder)
            try await run(
                "initdb", ["-D", folder + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
            do {
                try await server.start()
                let result = try await body(server)
                await server.stop(SIGQUIT)
                return result
            } catch {
                await server.stop(SIGQUIT)
                throw error
            }
        }
    }

    /// Returns when it answers.
    func start() async throws {
        let process = Self.process(
            "postgres", ["-D", folder + "/data", "-c", "listen_addresses=", "-c", "unix_socket_directories=" + folder])
        try process.run()
        running.withLock { $0 = process }
        _ = try await eventually("PostgreSQL answers") {
            do { try await TestPostgres.administer(conninfo, "SELECT 1") } catch { return Bool?.none }
            return true
        }
    }

    /// `SIGINT` ends its sessions in order, `SIGQUIT` like a crash; returns when it is gone.
    func stop(_ signal: Int32) async {
        guard let process = running.withLock({ $0.take() }) else { return }
        kill(process.processIdentifier, signal)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
    }

    private static func run(_ program: String, _ words: [String]) async throws {
        let process = process(program, words)
        try process.run()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        guard process.terminationStatus == 0 else { throw HubError(.internal, "test", "\(program) failed") }
    }

    private static func process(_ program: String, _ words: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let other = getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        process.arguments = other + [program] + words
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }
}
