import Core
import Foundation

/// A program run to its end.
struct Program: Sendable {
    let status: Int32
    let output: String
    let errors: String
    var everything: String { output + errors }

    /// The built command line, beside the test bundle.
    static func linchpin(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Program {
        let folder = Bundle.main.executableURL?.deletingLastPathComponent()
        guard let path = folder?.appending(path: "linchpin").path, FileManager.default.isExecutableFile(atPath: path)
        else {
            throw HubError(
                .internal, "test", "There is no linchpin beside the tests. Build it: swift build --product linchpin")
        }
        return try await run(path, arguments, input: input, environment: environment)
    }

    /// Runs it with exactly these variables beside the path; its input is this text.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Program {
        try await TestHub.withFolder { folder in
            let files = FileManager.default
            for (name, text) in [("in", input), ("out", ""), ("err", "")] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [path] + arguments
            let inherited = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"]
            process.environment = ProcessInfo.processInfo.environment.filter { inherited.contains($0.key) }
                .merging(environment) { $1 }
            process.standardInput = FileHandle(forReadingAtPath: folder + "/in")
            process.standardOutput = FileHandle(forWritingAtPath: folder + "/out")
            process.standardError = FileHandle(forWritingAtPath: folder + "/err")
            let status: Int32 = try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try process.run() } catch { continuation.resume(throwing: error) }
            }
            return Program(
                status: status, output: text(files.contents(atPath: folder + "/out")),
                errors: text(files.contents(atPath: folder + "/err")))
        }
    }

    private static func text(_ data: Data?) -> String { String(decoding: data ?? Data(), as: UTF8.self) }
}
