import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

/// One thing that happens to a circuit, and what must be so afterwards.
private enum Step: Sendable {
    /// A call that is let out and comes to that at once.
    case call(Circuit.Result)
    /// A call that is not let out.
    case refused
    case wait(Int64)
    /// A call that is let out and stays under way, under a number.
    case begin(Int)
    case end(Int, Circuit.Result)
    case isClosed(Int)
    case isOpen(Int64)
    case isHalfOpen
}

private let fail = Step.call(.failed("timed_out"))

private let doubling: [Step] = {
    var steps = [fail, fail, fail, fail, fail]
    for seconds: Int64 in [15, 30, 60, 120, 240, 480, 600] { steps += [.isOpen(seconds), .wait(seconds), fail] }
    return steps + [.isOpen(600)]
}()

struct CircuitTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        fileprivate let steps: [Step]
    }

    @Test(
        "closed, open, one trial",
        arguments: [
            Row(testDescription: "few failures", steps: [fail, fail, fail, fail, .isClosed(4)]),
            Row(
                testDescription: "an answer between them",
                steps: [fail, fail, fail, fail, .call(.answered), .isClosed(0), fail, fail, fail, fail, .isClosed(4)]),
            Row(
                testDescription: "what says nothing does not count",
                steps: [fail, fail, fail, fail, .call(.nothing), .call(.nothing), .isClosed(4)]),
            Row(testDescription: "five", steps: [fail, fail, fail, fail, fail, .isOpen(15), .refused]),
            Row(
                testDescription: "the trial comes through",
                steps: [
                    fail, fail, fail, fail, fail, .wait(14), .refused, .wait(1), .call(.answered), .isClosed(0), fail,
                    .isClosed(1),
                ]),
            Row(
                testDescription: "the trial fails, twice as long each time, up to ten minutes",
                steps: doubling),
            Row(
                testDescription: "after a success it begins at the first time again",
                steps: [
                    fail, fail, fail, fail, fail, .wait(15), fail, .isOpen(30), .wait(30), .call(.answered), fail, fail,
                    fail, fail, fail, .isOpen(15),
                ]),
            Row(
                testDescription: "one trial at a time",
                steps: [
                    fail, fail, fail, fail, fail, .wait(15), .begin(1), .isHalfOpen, .refused, .refused,
                    .end(1, .answered), .isClosed(0),
                ]),
            Row(
                testDescription: "a trial that ended here leaves the trial to the next",
                steps: [
                    fail, fail, fail, fail, fail, .wait(15), .begin(1), .end(1, .nothing), .isOpen(0), .begin(2),
                    .refused, .end(2, .answered), .isClosed(0),
                ]),
            Row(
                testDescription: "a trial that never ends is over after two calls' time",
                steps: [
                    fail, fail, fail, fail, fail, .wait(15), .begin(1), .wait(59), .refused, .wait(1), .begin(2),
                    .end(1, .failed("timed_out")), .isHalfOpen, .end(2, .answered), .isClosed(0),
                ]),
            Row(
                testDescription: "what began before it opened neither closes it nor opens it further",
                steps: [
                    .begin(1), .begin(2), .begin(3), fail, fail, fail, fail, fail, .end(1, .answered), .isOpen(15),
                    .end(2, .failed("timed_out")), .isOpen(15), .wait(15), .begin(4), .end(3, .answered), .isHalfOpen,
                    .end(4, .failed("timed_out")), .isOpen(30),
                ]),
        ])
    func course(row: Row) {
        var circuit = Circuit()
        var now = Timestamp(epochSeconds: 1_000)
        var under: [Int: Circuit.Ticket] = [:]
        func admit() -> Circuit.Ticket? {
            let foreseen = circuit.refusal(at: now) == nil
            switch circuit.admit(at: now) {
            case .admitted(let ticket):
                #expect(foreseen)
                return ticket
            case .refused(let until, _):
                #expect(!foreseen && until > now)
                return nil
            }
        }
        for step in row.steps {
            switch step {
            case .call(let result):
                guard let ticket = admit() else {
                    Issue.record("not let out: \(circuit.state)")
                    return
                }
                circuit.settle(ticket, result, at: now)
            case .refused: #expect(admit() == nil)
            case .wait(let seconds): now = now.adding(seconds: seconds)
            case .begin(let number):
                guard let ticket = admit() else {
                    Issue.record("not let out: \(circuit.state)")
                    return
                }
                under[number] = ticket
            case .end(let number, let result):
                guard let ticket = under[number] else {
                    Issue.record("no call \(number)")
                    return
                }
                circuit.settle(ticket, result, at: now)
            case .isClosed(let failures): #expect(circuit.state == .closed(failures: failures))
            case .isOpen(let seconds):
                #expect(circuit.state == .open(until: now.adding(seconds: seconds), reason: "timed_out"))
            case .isHalfOpen:
                guard case .halfOpen = circuit.state else {
                    Issue.record("\(circuit.state)")
                    return
                }
            }
        }
    }

    @Test("on any course at most one trial is under way, and it is never shut for longer than its longest time")
    func random() {
        for seed in UInt64(1)...2_000 {
            let dice = TestEffects(seed: seed).effects
            var circuit = Circuit()
            var now = Timestamp(epochSeconds: 0)
            var under: [Circuit.Ticket] = []
            var trial: (ticket: Circuit.Ticket, until: Timestamp)?
            for _ in 0..<120 {
                let roll = dice.randomBytes(2)
                switch roll[0] % 4 {
                case 0, 1:
                    var wasClosed = false
                    if case .closed = circuit.state { wasClosed = true }
                    guard case .admitted(let ticket) = circuit.admit(at: now) else { break }
                    under.append(ticket)
                    if !wasClosed {
                        #expect(trial.map { $0.until <= now } ?? true)
                        trial = (ticket, now.adding(seconds: 60))
                    }
                case 2 where !under.isEmpty:
                    let ticket = under.remove(at: Int(roll[1]) % under.count)
                    if ticket == trial?.ticket { trial = nil }
                    let results: [Circuit.Result] = [.answered, .failed("x"), .failed("x"), .failed("x"), .nothing]
                    circuit.settle(ticket, results[Int(roll[1]) % 5], at: now)
                default: now = now.adding(seconds: Int64(roll[1]))
                }
                if let refusal = circuit.refusal(at: now) { #expect(refusal.until <= now.adding(seconds: 600)) }
            }
        }
    }

    @Test(
        "which answers and failures count",
        arguments: [
            (200, false), (201, false), (302, false), (400, false), (401, false), (404, false), (429, false),
            (500, true), (501, false), (502, true), (503, true), (504, true),
        ])
    func statuses(status: Int, counts: Bool) {
        #expect(Circuit.Result(status: status) == (counts ? .failed("provider_unavailable") : .answered))
    }

    @Test(
        "which missing answers count",
        arguments: [
            (OutboundFailure.notSent(reason: "unreachable", says: ""), "unreachable"),
            (.notSent(reason: "tls_failed", says: ""), "tls_failed"),
            (.notSent(reason: "host_not_found", says: ""), "host_not_found"),
            (.notSent(reason: "pin_mismatch", says: ""), "pin_mismatch"),
            (.notSent(reason: "proxy_failed", says: ""), "proxy_failed"),
            (.unknown(reason: "timed_out", says: ""), "timed_out"),
            (.unknown(reason: "connection_broken", says: ""), "connection_broken"),
            (.notSent(reason: "header_unfit", says: ""), ""), (.notSent(reason: "outbound_busy", says: ""), ""),
            (.notSent(reason: "credential_unusable", says: ""), ""), (.notSent(reason: "plain_http", says: ""), ""),
        ])
    func failures(failure: OutboundFailure, reason: String) {
        #expect(Circuit.Result(failure) == (reason.isEmpty ? .nothing : .failed(reason)))
    }

    @Test("a board that is full of circuits with nothing to say has room for one that has")
    func fullBoard() {
        let board = CircuitBoard()
        let now = Timestamp(epochSeconds: 1_000)
        func connection(_ number: Int) -> ResolvedConnection {
            ResolvedConnection(
                id: ConnectionID("c\(number)"), name: "c", spoke: "okta", url: "https://a.example", actions: [],
                allowsLoopbackHTTP: false, credentials: [], passage: .plain)
        }
        func settle(_ number: Int, _ result: Circuit.Result) {
            guard case .admitted(let ticket) = board.admit(connection(number), at: now) else {
                Issue.record("\(number) is refused")
                return
            }
            board.settle(connection(number), ticket, result, at: now)
        }
        for number in 0..<Limits.circuits.value {
            settle(number, .failed("unreachable"))
            settle(number, .answered)
        }
        let next = Limits.circuits.value
        for _ in 0..<Limits.circuitFailures.value { settle(next, .failed("unreachable")) }
        guard case .open = board.circuit(of: ConnectionID("c\(next)"), to: "https://a.example") else {
            Issue.record("the circuit of the last one is not open")
            return
        }
    }

    @Test("an open circuit sends nothing, says when it lets a call out, and is one for all actions")
    func action() async throws {
        let board = CircuitBoard()
        let connection = try await FakeCredentials().resolve(alias: "okta")
        let refusing = [reply(503, "{}")]
        for count in 1...5 {
            let run = try await run("okta.lookup_user", ["login": "ann"], turn: 9, circuits: board, outside: refusing)
            #expect(run.sent.count == 1)
            #expect(run.outcome.reason == "provider_unavailable")
            if count < 5 { #expect(board.circuit(of: connection.id, to: connection.url) == .closed(failures: count)) }
        }
        let early = try await run(
            "okta.suspend_user", ["user_id": "00u1"], circuits: board, outside: [reply(200, "{}")])
        #expect(early.sent.isEmpty)
        guard case .later("circuit_open", let says, let until) = early.outcome else {
            Issue.record("\(early.outcome)")
            return
        }
        #expect(says.contains(until.rfc3339) && says.contains("provider_unavailable"))
        let row = try #require(early.log.last)
        #expect(row.outcome == .refused && row.reason == "circuit_open")
        #expect(row.decision?.json["deciding"] == "circuit")
        let last = try await run(
            "okta.suspend_user", ["user_id": "00u1"], turn: 9, circuits: board, outside: [reply(200, "{}")])
        #expect(last.outcome == .failed(reason: "circuit_open", says: says) && last.sent.isEmpty)
        let other = board.circuit(of: connection.id, to: "https://elsewhere.example")
        #expect(other == .closed(failures: 0))
    }
}
