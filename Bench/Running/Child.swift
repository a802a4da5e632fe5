import Foundation

/// A program beside this one.
final class Child: Sendable {
    let pid: Int32
    private let ended: Task<Void, Never>
    private let lines: AsyncStream<String>

    /// Starts it; what it complains of goes to a file in the site's folder.
    init(_ words: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let complaints = Site.folder + "/complaints"
        if !FileManager.default.fileExists(atPath: complaints) {
            guard FileManager.default.createFile(atPath: complaints, contents: nil) else {
                throw BenchProblem("\(complaints) cannot be made")
            }
        }
        process.standardError = FileHandle(forUpdatingAtPath: complaints)
        let pipe = Pipe()
        process.standardOutput = pipe
        let (endings, ending) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ending.finish() }
        try process.run()
        pid = process.processIdentifier
        ended = Task { for await _ in endings {} }
        lines = Self.lines(of: pipe)
    }

    /// The next line that holds these words.
    func line(with words: String) async throws -> String {
        for await line in lines where line.contains(words) { return line }
        let complaint = (try? String(contentsOfFile: Site.folder + "/complaints", encoding: .utf8)) ?? ""
        throw BenchProblem("a program ended: \(complaint)")
    }

    /// Asks it to stop, and waits until it has.
    func stop() async {
        kill(pid, SIGTERM)
        await ended.value
    }

    /// Everything a program says until its end.
    static func output(_ words: [String]) async throws -> String {
        let child = try Child(words)
        var output = ""
        for await line in child.lines { output += line + "\n" }
        await child.ended.value
        return output
    }

    private static func lines(of pipe: Pipe) -> AsyncStream<String> {
        AsyncStream { continuation in
            let thread = Thread {
                var rest = ""
                while true {
                    let data = pipe.fileHandleForReading.availableData
                    if data.isEmpty { break }
                    rest += String(decoding: data, as: UTF8.self)
                    while let end = rest.firstIndex(of: "\n") {
                        continuation.yield(String(rest[..<end]))
                        rest = String(rest[rest.index(after: end)...])
                    }
                }
                continuation.finish()
            }
            thread.start()
        }
    }
}
