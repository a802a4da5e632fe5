import Core
import Foundation
import Testing

@testable import Vault

/// Courses through the machine: several hubs, one store, one provider, and whatever can go wrong between any two steps.
struct SimulationTests {
    /// What a number of courses came to.
    struct Sum: Sendable {
        var refreshes = 0
        var lost = 0
        var doubtful = 0
        var broken: [String] = []

        static func + (left: Sum, right: Sum) -> Sum {
            Sum(
                refreshes: left.refreshes + right.refreshes, lost: left.lost + right.lost,
                doubtful: left.doubtful + right.doubtful, broken: left.broken + right.broken)
        }
    }

    /// `make simulate` plays more.
    private static let schedules =
        ProcessInfo.processInfo.environment["LINCHPIN_SCHEDULES"].flatMap(Int.init) ?? 100_000

    @Test("no course breaks a promise of the machine, and every lost grant is told of")
    func everyCourse() async {
        let parts = 4
        let sum = await withTaskGroup(of: Sum.self) { group in
            for part in 0..<parts {
                group.addTask {
                    var sum = Sum()
                    for seed in stride(from: part, to: Self.schedules, by: parts) {
                        Self.play(UInt64(seed), &sum)
                        // The other tests have their turn too.
                        await Task.yield()
                    }
                    return sum
                }
            }
            return await group.reduce(Sum()) { $0 + $1 }
        }
        #expect(sum.broken.isEmpty, "\(sum.broken.prefix(5))")
        // The courses are worth something: tokens are refreshed, and some are lost, as a strict provider makes them.
        #expect(sum.refreshes > 2 * Self.schedules)
        #expect(sum.lost > Self.schedules / 20 && sum.doubtful > Self.schedules / 20)
    }

    /// Seeds of courses that once broke a promise, with what they broke.
    @Test(
        "courses that went wrong once",
        arguments: [
            (40, "a lost answer that was settled in the calm counted as no loss"),
            (2_347, "a hub that was overtaken while it stalled, and a provider that began to rotate"),
        ])
    func oneCourse(seed: UInt64, what: String) {
        var sum = Sum()
        Self.play(seed, &sum)
        #expect(sum.broken.isEmpty)
    }

    private static func play(_ seed: UInt64, _ sum: inout Sum) {
        var simulation = Simulation(seed: seed)
        var store = ModelStore()
        while let request = simulation.next() {
            simulation.take(simulation.isReachable ? store.perform(request, simulation.policy) : .unreachable)
            simulation.hurry()
        }
        sum.refreshes += simulation.refreshes
        if simulation.isLost { sum.lost += 1 }
        if store.grant.word == .inDoubt { sum.doubtful += 1 }
        if simulation.isLost, store.alerts == 0 { sum.broken.append("seed \(seed): lost, and nobody was told") }
        if let broken = simulation.broken { sum.broken.append("seed \(seed): \(broken)") }
    }
}
