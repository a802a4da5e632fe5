import Foundation

/// `make bench`: measures what the hub does beside the most that this machine could do in the same minute.
///
/// It never fails for a figure: what falls short is printed as such. `bench NAME…` measures only these.
@main struct Bench {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "limit", words.count == 2 { return try await LimitServer(store: words[1]).run() }
        let wanted = Figure.all.filter { words.isEmpty || words.contains($0.name) }
        guard !wanted.isEmpty else {
            throw BenchProblem("There is no such figure. There are: \(Figure.all.map(\.name).joined(separator: ", "))")
        }
        Report.begin()
        var readings: [Reading] = []
        for figure in wanted {
            print("\n\(figure.name): \(figure.says)")
            do {
                for reading in try await Site.with(figure.run) {
                    print("  " + reading.line)
                    readings.append(reading)
                }
            } catch {
                print("  not measured: \(error)")
                readings.append(Reading(figure.name, "not measured", isShort: true))
            }
        }
        Report.end(readings)
    }
}

/// Why something cannot be measured.
struct BenchProblem: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
}
