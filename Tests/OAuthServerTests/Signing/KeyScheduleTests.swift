import Core
import Keys
import Testing

@testable import OAuthServer

/// The moments in these tests are days of a clock that begins at 0.
private func day(_ number: Int64) -> Timestamp { Timestamp(epochSeconds: number * 86_400) }

private func key(
    _ number: Int64, _ algorithm: JWSAlgorithm = .es256, from: Int64, retired: Int64? = nil, removed: Int64? = nil,
    isSealed: Bool = true
) -> TokenKey {
    TokenKey(
        id: "\(algorithm.rawValue)-\(number)", algorithm: algorithm, number: number, publishedAt: day(from - 1),
        activeFrom: day(from), retiredAt: retired.map(day), removedAt: removed.map(day), isSealed: isSealed)
}

struct ScheduleRow: Sendable, CustomTestStringConvertible {
    let name: String
    let keys: [TokenKey]
    let now: Timestamp
    let steps: [KeySchedule.Step]
    var testDescription: String { name }
}

@Suite("The schedule of signing keys") struct KeyScheduleTests {
    /// Ahead 2 days, active 90, kept 3.
    private static let schedule = KeySchedule(
        aheadSeconds: 2 * 86_400, activeSeconds: 90 * 86_400, keptSeconds: 3 * 86_400)

    @Test(
        "what is due",
        arguments: [
            ScheduleRow(
                name: "no key: one that signs at once", keys: [], now: day(10),
                steps: [.publish(.es256, number: 1, activeFrom: day(10))]),
            ScheduleRow(name: "a young key", keys: [key(1, from: 10)], now: day(20), steps: []),
            ScheduleRow(
                name: "the last moment before a successor is due", keys: [key(1, from: 10)],
                now: day(98).adding(milliseconds: -1), steps: []),
            ScheduleRow(
                name: "a successor is due its time ahead before the end", keys: [key(1, from: 10)], now: day(98),
                steps: [.publish(.es256, number: 2, activeFrom: day(100))]),
            ScheduleRow(
                name: "a successor that waits",
                keys: [key(2, from: 100), key(1, from: 10, retired: 100, removed: 103)],
                now: day(99), steps: []),
            ScheduleRow(
                name: "a hub that slept for a year gives others the same time", keys: [key(1, from: 10)],
                now: day(375), steps: [.publish(.es256, number: 2, activeFrom: day(377))]),
            ScheduleRow(
                name: "a retired key that is still published",
                keys: [key(2, from: 100), key(1, from: 10, retired: 100, removed: 103)],
                now: day(103).adding(milliseconds: -1), steps: []),
            ScheduleRow(
                name: "the private half of a removed key goes",
                keys: [key(2, from: 100), key(1, from: 10, retired: 100, removed: 103)], now: day(103),
                steps: [.remove(key(1, from: 10, retired: 100, removed: 103))]),
            ScheduleRow(
                name: "what is gone is gone",
                keys: [key(2, from: 100), key(1, from: 10, retired: 100, removed: 103, isSealed: false)],
                now: day(104), steps: []),
            ScheduleRow(
                name: "after a restore all are removed: the next number signs at once",
                keys: [key(2, from: 8, retired: 9, removed: 9, isSealed: false)], now: day(10),
                steps: [.publish(.es256, number: 3, activeFrom: day(10))]),
            ScheduleRow(
                name: "a key of another algorithm counts for nothing", keys: [key(7, .edDSA, from: 9)], now: day(10),
                steps: [.publish(.es256, number: 1, activeFrom: day(10))]),
        ])
    func due(row: ScheduleRow) {
        #expect(Self.schedule.next(row.keys, for: [.es256], at: row.now) == row.steps)
    }

    @Test("a rotation by hand keeps the time ahead, one that waits is enough, and at once is at once")
    func byHand() {
        let old = key(1, from: 10)
        let waiting = [key(2, from: 22), key(1, from: 10, retired: 22, removed: 25)]
        #expect(
            Self.schedule.successor(.es256, among: [old], at: day(20))
                == .publish(.es256, number: 2, activeFrom: day(22)))
        #expect(Self.schedule.successor(.es256, among: waiting, at: day(21)) == nil)
        #expect(
            Self.schedule.replacement(.es256, among: waiting, at: day(21))
                == .publish(.es256, number: 3, activeFrom: day(21)))
    }

    @Test("a state holds from its moment on")
    func states() {
        let key = key(1, from: 10, retired: 100, removed: 103)
        let states = [day(9), day(10).adding(milliseconds: -1), day(10), day(100), day(103)].map(key.state)
        #expect(states == [.published, .published, .active, .retired, .removed])
    }

    @Test("the standard: published longer than a key set is kept, retired longer than any token lives")
    func standard() {
        let schedule = KeySchedule.standard
        #expect(schedule.aheadSeconds > Int64(Limits.keySetSeconds.value))
        #expect(schedule.keptSeconds > Int64(Limits.clientTokenSeconds.value))
        #expect(schedule.activeSeconds > schedule.aheadSeconds)
        // Keys that stand side by side, if somebody rotates by hand as often as that does anything.
        let standing = 2 + schedule.keptSeconds / schedule.aheadSeconds + 1
        #expect(standing < Int64(Limits.signingKeys.value))
    }
}
