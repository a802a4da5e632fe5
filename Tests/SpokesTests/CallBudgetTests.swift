import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

/// One thing that happens to a budget, and what must be so then. Moments are seconds from the beginning.
private enum Step: Sendable {
    /// A call of a bucket that goes out.
    case goes(String)
    /// One that does not, and until when.
    case held(String, until: Int64)
    /// A reply: what remains, in the window of that number, which ends then.
    case learns(String, Int64, window: Int64, until: Int64)
    case at(Int64)
    /// What is shown of a bucket; nil when it is not shown.
    case left(String, Int64?)
}

struct CallBudgetTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var bound: Int64?
        fileprivate let steps: [Step]
    }

    @Test(
        "what is spent holds calls up until its end, and nothing else does",
        arguments: [
            Row(testDescription: "nothing is known", steps: [.goes("a"), .goes("a"), .left("a", nil)]),
            Row(
                testDescription: "a spent bucket, and another one",
                steps: [.learns("a", 0, window: 1, until: 30), .held("a", until: 30), .goes("b")]),
            Row(
                testDescription: "the reset lets out without another header",
                steps: [
                    .learns("a", 0, window: 1, until: 30), .at(29), .held("a", until: 30), .at(30), .goes("a"),
                    .goes("a"), .left("a", nil),
                ]),
            Row(
                testDescription: "calls under way count before they are answered",
                steps: [
                    .learns("a", 2, window: 1, until: 30), .goes("a"), .goes("a"), .held("a", until: 30),
                    .learns("a", 1, window: 1, until: 30), .left("a", 0),
                ]),
            Row(
                testDescription: "others use the same limit up",
                steps: [.learns("a", 9, window: 1, until: 30), .learns("a", 2, window: 1, until: 30), .left("a", 2)]),
            Row(
                testDescription: "a new window begins anew, and a late reply of the old one says nothing",
                steps: [
                    .learns("a", 0, window: 1, until: 30), .learns("a", 5, window: 2, until: 60), .left("a", 5),
                    .learns("a", 0, window: 1, until: 30), .left("a", 5),
                ]),
            Row(
                testDescription: "our clock was put back by a day",
                steps: [.learns("a", 0, window: 1, until: 30), .at(-86_400), .goes("a"), .left("a", nil)]),
            Row(
                testDescription: "the own bound: all at once, then one in each share of a minute", bound: 2,
                steps: [
                    .goes("a"), .goes("b"), .held("a", until: 30), .at(29), .held("b", until: 30), .at(30), .goes("b"),
                    .held("a", until: 60), .left("calls_per_minute", 0), .at(90), .left("calls_per_minute", 2),
                ]),
            Row(
                testDescription: "the later end of two counts", bound: 1,
                steps: [
                    .goes("b"), .learns("a", 0, window: 1, until: 90), .held("a", until: 90), .held("b", until: 60),
                ]),
            Row(
                testDescription: "the own bound after our clock was put back by an hour", bound: 1,
                steps: [.goes("a"), .held("a", until: 60), .at(-3_600), .goes("a"), .held("a", until: -3_540)]),
        ])
    func course(row: Row) {
        let start = Timestamp(epochSeconds: 1_790_000_000)
        var (budget, now) = (CallBudget(), start)
        for step in row.steps {
            switch step {
            case .goes(let bucket):
                #expect(budget.refusal(bucket, bound: row.bound, at: now) == nil)
                #expect(budget.take(bucket, bound: row.bound, at: now) == nil)
            case .held(let bucket, let until):
                #expect(budget.refusal(bucket, bound: row.bound, at: now)?.until == start.adding(seconds: until))
                #expect(budget.take(bucket, bound: row.bound, at: now)?.until == start.adding(seconds: until))
            case .learns(let bucket, let remaining, let window, let until):
                let end = start.adding(seconds: until)
                budget.learn(bucket, .init(limit: nil, remaining: remaining, window: window, until: end), at: now)
            case .at(let seconds): now = start.adding(seconds: seconds)
            case .left(let bucket, let remaining):
                let shown = budget.allowances(bound: row.bound, at: now).first { $0.bucket == bucket }
                #expect(shown?.remaining == remaining)
            }
        }
    }

    @Test("a bound that is lowered or taken away while it is spent holds nothing up for longer than its own minute")
    func lowered() {
        let now = Timestamp(epochSeconds: 1_790_000_000)
        var budget = CallBudget()
        for _ in 0..<600 { #expect(budget.take("a", bound: 600, at: now) == nil) }
        #expect(budget.refusal("a", bound: 1, at: now)?.until == now.adding(seconds: 60))
        #expect(budget.refusal("a", bound: nil, at: now) == nil)
    }

    @Test("a spent bound resets when a refusal says that the next call may go; one with calls left when it is whole")
    func resets() {
        let now = Timestamp(epochSeconds: 1_790_000_000)
        var budget = CallBudget()
        for _ in 0..<2 { #expect(budget.take("a", bound: 2, at: now) == nil) }
        let spent = budget.allowances(bound: 2, at: now).first
        #expect(spent?.remaining == 0 && spent?.resetsAt == budget.refusal("a", bound: 2, at: now)?.until)
        let later = now.adding(seconds: 30)
        let left = budget.allowances(bound: 2, at: later).first
        #expect(left?.remaining == 1 && left?.resetsAt == later.adding(seconds: 30))
    }

    @Test("of too many buckets one that holds nothing back gives way, then the one that ends first")
    func buckets() {
        let now = Timestamp(epochSeconds: 1_790_000_000)
        var budget = CallBudget()
        func learn(_ bucket: String, _ remaining: Int64, until seconds: Int64) {
            let until = now.adding(seconds: seconds)
            budget.learn(bucket, .init(limit: nil, remaining: remaining, window: 1, until: until), at: now)
        }
        learn("idle", 5, until: 3_000)
        for number in 0..<Limits.budgetBuckets.value - 1 { learn("b\(number)", 0, until: Int64(100 + number)) }
        learn("next", 0, until: 3_000)
        var shown = budget.allowances(bound: nil, at: now)
        #expect(shown.count == Limits.budgetBuckets.value && !shown.contains { $0.bucket == "idle" })
        learn("last", 0, until: 3_000)
        shown = budget.allowances(bound: nil, at: now)
        #expect(shown.count == Limits.budgetBuckets.value && !shown.contains { $0.bucket == "b0" })
        #expect(budget.refusal("last", bound: nil, at: now) != nil)
    }

    @Test("of too many connections the one whose budget ends first gives way")
    func board() {
        let board = BudgetBoard()
        let now = Timestamp(epochSeconds: 1_790_000_000)
        func connection(_ number: Int) -> ResolvedConnection {
            ResolvedConnection(
                id: ConnectionID("c\(number)"), name: "c", spoke: "okta", url: "https://a.example", actions: [],
                allowsLoopbackHTTP: false, credentials: [], passage: .plain)
        }
        func isHeld(_ number: Int) -> Bool { board.refusal(connection(number), "a", at: now) != nil }
        for number in 0...Limits.budgets.value {
            let until = now.adding(seconds: Int64(100 + number))
            board.learn(
                connection(number), "a", .init(limit: nil, remaining: 0, window: 1, until: until), at: now)
        }
        #expect(!isHeld(0) && isHeld(1) && isHeld(Limits.budgets.value))
    }
}
