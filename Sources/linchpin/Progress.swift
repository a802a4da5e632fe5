import Core
import Foundation
import Hub

/// Tells a person at a terminal that long work goes on; a pipe or a file is told nothing.
enum Progress {
    /// Runs the work; each second the line says how long it has taken, and at the end it is gone.
    static func during<R: Sendable>(_ what: String, _ work: () async throws -> R) async throws -> R {
        guard isatty(STDERR_FILENO) == 1 else { return try await work() }
        let ticking = Task {
            let effects = Effects.live()
            for second in 1... {
                do { try await effects.sleep(1_000) } catch { return }
                write("\r\(what) … \(second) s")
            }
        }
        defer {
            ticking.cancel()
            write("\r\u{1B}[K")
        }
        return try await work()
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
