import Core
import Foundation
import Synchronization
import TestSupport

/// A built program that runs beside the test.
final class Program: Sendable {
    let pid: Int32
    /// What it says on standard output, line by line; ends when nobody holds that pipe any more.
    let lines: AsyncStream<String>
    private let ended: Task<Int32, Never>
    private let hasEnded: Mutex<Bool>
    private let complaints: String

    /// Starts `linchpin` with these words, behind others such as `strace` and its options.
    ///
    /// - Parameter complaints: the file that takes standard error.
    init(
        behind before: [String] = [], words: [String], environment: [String: String] = [:], complaints: String
    ) throws {
        let folder = Bundle.main.executableURL?.deletingLastPathComponent()
        guard let linchpin = folder?.appending(path: "linchpin").path else { throw CocoaError(.fileNoSuchFile) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = before + [linchpin] + words
        var whole = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LINCHPIN_") }
        whole.merge(environment) { $1 }
        process.environment = whole
        process.standardInput = FileHandle.nullDevice
        guard FileManager.default.createFile(atPath: complaints, contents: nil),
            let errors = FileHandle(forWritingAtPath: complaints)
        else { throw CocoaError(.fileWriteUnknown) }
        process.standardError = errors
        let pipe = Pipe()
        process.standardOutput = pipe
        let (statuses, status) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            status.yield(isSignal ? -process.terminationStatus : process.terminationStatus)
            status.finish()
        }
        try process.run()
        try errors.close()
        pid = process.processIdentifier
        lines = pipe.lines()
        hasEnded = Mutex(false)
        ended = Task {
            for await code in statuses { return code }
            return -1
        }
        self.complaints = complaints
    }

    /// Sends a signal, unless it has ended.
    func send(_ signal: Int32) { hasEnded.withLock { if !$0 { _ = Foundation.kill(pid, signal) } } }

    /// Its exit status, or minus the number of the signal that ended it.
    func status() async -> Int32 {
        let code = await ended.value
        hasEnded.withLock { $0 = true }
        return code
    }

    /// The next line that holds these words; throws what it complained of when it ends before.
    func line(with words: String) async throws -> String {
        for await line in lines where line.contains(words) { return line }
        throw HubError(.internal, "ended", "The program ended: \(complaint)")
    }

    /// What it wrote to standard error so far.
    var complaint: String { (try? String(contentsOfFile: complaints, encoding: .utf8)) ?? "" }
}

/// A folder of the test's own, mode 0700.
func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let name = "crash-" + Hex.encode((0..<4).map { _ in UInt8.random(in: 0...255) })
    let folder = FileManager.default.temporaryDirectory.appending(path: name)
    try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
