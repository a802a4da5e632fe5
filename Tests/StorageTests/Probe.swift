import Foundation
import TestSupport

/// A StoreProbe that runs beside the test.
struct Probe: Sendable {
    /// The ids that it acknowledged, as it says them; ends when it ends.
    let acknowledged: AsyncStream<String>
    private let pid: Int32
    private let ended: AsyncStream<Int32>

    /// Starts it, behind other words such as `strace` and its options.
    static func run(_ before: [String], _ place: StorePlace, writers: Int, count: Int) throws -> Probe {
        let folder = Bundle.main.executableURL?.deletingLastPathComponent()
        guard let probe = folder?.appending(path: "StoreProbe").path else { throw CocoaError(.fileNoSuchFile) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        var words = before + [probe]
        switch place {
        case .sqlite(let path): words += ["sqlite", path]
        case .postgres(let conninfo):
            words.append("postgres")
            process.environment = ProcessInfo.processInfo.environment.merging(["STORE_PROBE_POSTGRES": conninfo]) { $1 }
        }
        process.arguments = words + [String(writers), String(count)]
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        let (ended, end) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        let (acknowledged, acknowledge) = AsyncStream<String>.makeStream()
        let lines = pipe.lines()
        Task {
            for await line in lines where line.hasPrefix("ack ") { acknowledge.yield(String(line.dropFirst(4))) }
            acknowledge.finish()
        }
        return Probe(acknowledged: acknowledged, pid: process.processIdentifier, ended: ended)
    }

    /// Ends it without warning. `env` became the probe itself, so it is the probe that dies.
    func kill() { _ = Foundation.kill(pid, SIGKILL) }

    /// Its exit status, or the number of the signal that ended it.
    func status() async -> Int32 {
        for await status in ended { return status }
        return -1
    }
}
