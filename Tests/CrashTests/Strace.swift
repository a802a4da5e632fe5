import Core
import Foundation

/// Steps in at system calls of a program that runs.
enum Strace {
    /// Does so while the body runs, which begins when every thread of the program is watched.
    ///
    /// - Parameter words: which calls, and what happens at them.
    static func with<R>(_ pid: Int32, _ words: [String], _ body: () async throws -> R) async throws -> R {
        let strace = Process()
        strace.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        strace.arguments = ["strace", "-f", "-qq", "-o", "/dev/null", "-p", "\(pid)"] + words
        let (ends, end) = AsyncStream<Void>.makeStream()
        strace.terminationHandler = { _ in end.finish() }
        try strace.run()
        let result: Result<R, any Error>
        do {
            _ = try await eventually("strace watches") { isWatched(pid) ? true : nil }
            result = .success(try await body())
        } catch { result = .failure(error) }
        // Not SIGTERM: a process begun by a thread that blocks it blocks it too.
        kill(strace.processIdentifier, SIGKILL)
        for await _ in ends {}
        return try result.get()
    }

    /// Whether each thread is; a program that has ended meanwhile has none left.
    private static func isWatched(_ pid: Int32) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.allSatisfy { thread in
            let status = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(thread)/status") ?? Data()
            return !String(decoding: status, as: UTF8.self).contains("TracerPid:\t0\n")
        }
    }
}
