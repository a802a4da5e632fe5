public import Core
import Documents
public import Ports

/// Plays the rows of a test file through a spoke's actions: the gate, the request, the judgement of the reply, the same
/// code that a hub runs. Against recorded calls nothing leaves the process.
public enum SpokeTests {
    /// A system that really answers, instead of the recorded calls.
    public struct Live: Sendable {
        let url: String
        let kind: String?
        let secret: Secret
        let settings: JSONObject
        let outbound: any OutboundCalling
        let effects: Effects

        /// - Parameters:
        ///   - url: the base URL; `http` to this machine alone.
        ///   - kind: which kind of credential it is; nil for the spoke's best.
        ///   - secret: the key, the password or, under `oauth`, an access token.
        ///   - settings: what goes with it: `username`, `header`, `prefix`.
        public init(
            url: String, kind: String?, secret: Secret, settings: JSONObject, outbound: any OutboundCalling,
            effects: Effects
        ) {
            self.url = url
            self.kind = kind
            self.secret = secret
            self.settings = settings
            self.outbound = outbound
            self.effects = effects
        }
    }

    /// Runs every row: `{spoke, passed, failed, items: [{line, name, passed, difference}]}`, and with a live system the
    /// test file as it would be `recorded` from it.
    ///
    /// Throws `HubError` for a mistake in either file. A row that ends otherwise than it should is no error.
    public static func run(
        _ spoke: (bytes: [UInt8], file: String), tests: (bytes: [UInt8], file: String), live: Live? = nil
    ) async throws -> JSON {
        let read = try SpokeReview.read(spoke.bytes, file: spoke.file, operations: nil)
        let rows: [SpokeTestRow]
        do {
            rows = try SpokeTestRow.read(tests.bytes, file: tests.file)
            try check(rows, read, tests.file)
        } catch {
            throw HubError(
                .invalid, "bad_test_file", "\(error). Correct the file; Docs/spoke-files.md explains every key.")
        }
        var items: [JSON] = []
        var recorded: [JSON] = []
        for row in rows {
            let bench = SpokeBench(read, row, live)
            let (difference, recording) = try await bench.play()
            recorded.append(recording)
            items.append([
                "line": .int(Int64(row.line)), "name": .string(row.name), "passed": .bool(difference == nil),
                "difference": difference.map { .string($0) } ?? .null,
            ])
        }
        let passed = items.count { $0["passed"] == true }
        var answer: JSONObject = [
            "spoke": .string(read.name), "passed": .int(Int64(passed)), "failed": .int(Int64(items.count - passed)),
            "items": .array(items),
        ]
        if live != nil { answer["recorded"] = .string(text(recorded, spoke.file)) }
        return .object(answer)
    }

    private static func check(_ rows: [SpokeTestRow], _ spoke: Spoke, _ file: String) throws(DocumentProblem) {
        for row in rows where spoke.action(row.action) == nil {
            throw DocumentProblem(
                file: file, line: row.line, what: "spoke \(spoke.name) has no action \"\(Shown.name(row.action))\"")
        }
    }

    private static func text(_ rows: [JSON], _ file: String) -> String {
        "# Recorded from a system that answered; read it for what should not be kept. linchpin spoke test \(file)\ntests:\n"
            + rows.map { row in
                "  - " + SpokeText.members(row.object ?? [:], indent: 4).dropFirst(4)
            }.joined()
    }
}

/// One row, played.
struct SpokeBench {
    private static let ownURL = "https://spoke-test.invalid"
    /// Every recorded row happens at this moment.
    private static let moment = Timestamp(epochSeconds: 1_790_000_000)

    private let spoke: Spoke
    private let row: SpokeTestRow
    private let live: SpokeTests.Live?

    init(_ spoke: Spoke, _ row: SpokeTestRow, _ live: SpokeTests.Live?) {
        self.spoke = spoke
        self.row = row
        self.live = live
    }

    /// What differs from what the row expects, nil for nothing; and the row as it really was.
    func play() async throws -> (difference: String?, recording: JSON) {
        guard let action = spoke.action(row.action) else { return ("there is no such action", .null) }
        let base = live?.url ?? Self.ownURL
        let outside = BenchOutside(base: base, calls: row.calls, live: live?.outbound)
        let effects = live?.effects ?? Self.still
        let call = ActionCall(
            action: ActionName(spoke: spoke.name, key: action.key), alias: "test", input: row.input, most: row.most,
            execution: "", cause: Cause(Actor(.local, id: "test", name: "test"), at: effects.now(), .new(effects)),
            turn: row.turn)
        let outcome: ActionOutcome
        switch Gate.decide(call, spoke, action, connection(base)) {
        case .failure(let refusal): outcome = refusal.outcome
        case .success(let pass):
            let run = ActionRun(
                spoke: spoke, action: action, call: call, connection: pass.connection, request: pass.request,
                keys: pass.keys, credentials: NoOtherCredential(), outbound: outside, log: NoLog(), places: nil,
                circuits: CircuitBoard(), effects: effects)
            outcome = await action.kind.run(run)
        }
        let shown = action.masked(outcome)
        return (outside.difference ?? difference(shown), recording(shown, outside.recorded(action)))
    }

    private func connection(_ url: String) -> ResolvedConnection {
        let kind = live?.kind ?? spoke.authentication.first?.credentialKind ?? ""
        let settings: JSONObject = live?.settings ?? ["username": "test", "header": "x-test"]
        let scopes = row.scopes ?? spoke.actions.flatMap(\.scopes)
        return ResolvedConnection(
            id: ConnectionID("test"), name: "test", spoke: spoke.name, url: url,
            actions: Set(spoke.actions.map(\.key)), allowsLoopbackHTTP: live != nil && url.hasPrefix("http://"),
            credentials: [
                ResolvedCredential(
                    id: CredentialID("test"), name: "test", kind: kind, secret: live?.secret ?? Secret("test"),
                    settings: settings, token: kind == "oauth" ? OutsideToken(scopes: Set(scopes)) : nil)
            ], passage: .plain)
    }

    private func difference(_ outcome: ActionOutcome) -> String? {
        let (word, says) = (outcome.word, outcome.says)
        guard word == row.expect.outcome else {
            let why = says.isEmpty ? "" : " (\(outcome.reason): \(says))"
            return "expected \(row.expect.outcome), was \(word)\(why)"
        }
        if let reason = row.expect.reason, reason != outcome.reason {
            return "expected reason \(reason), was \(outcome.reason): \(says)"
        }
        guard let output = row.expect.output else { return nil }
        guard case .done(let actual) = outcome else { return "expected an output, was \(word)" }
        return JSONDifference.first(output, actual).map { "output \($0)" }
    }

    private func recording(_ outcome: ActionOutcome, _ calls: [JSON]) -> JSON {
        var members: JSONObject = [
            "name": .string(row.name), "action": .string(row.action), "input": .object(row.input),
        ]
        if let most = row.most { members["most"] = .int(Int64(most)) }
        if row.turn != 1 { members["turn"] = .int(Int64(row.turn)) }
        if let scopes = row.scopes { members["scopes"] = .texts(scopes) }
        if !calls.isEmpty { members["calls"] = .array(calls) }
        var expect: JSONObject = ["outcome": .string(outcome.word)]
        if case .done(let output) = outcome {
            expect["output"] = output
        } else {
            expect["reason"] = .string(outcome.reason)
        }
        members["expect"] = .object(expect)
        return .object(members)
    }

    /// Time stands still and the dice always fall the same way.
    private static let still = Effects(
        now: { moment }, monotonicNanoseconds: { 0 }, randomBytes: { [UInt8](repeating: 0, count: $0) }, sleep: { _ in }
    )
}

private struct NoLog: TransactionLogging {
    func log(_ transaction: Transaction) {}
}

/// Where two values first differ.
enum JSONDifference {
    /// `at /id: expected "7", was "8"`; nil when they are equal.
    static func first(_ expected: JSON, _ actual: JSON, at place: String = "") -> String? {
        switch (expected, actual) {
        case (.object(let one), .object(let other)):
            for member in one.members {
                guard let value = other[member.name] else { return "lacks \(place)/\(member.name)" }
                if let found = first(member.value, value, at: "\(place)/\(member.name)") { return found }
            }
            return other.members.first { one[$0.name] == nil }.map { "has \(place)/\($0.name), which is not expected" }
        case (.array(let one), .array(let other)):
            for (index, pair) in zip(one, other).enumerated() {
                if let found = first(pair.0, pair.1, at: "\(place)/\(index)") { return found }
            }
            return one.count == other.count
                ? nil : "at \(place.isEmpty ? "/" : place): expected \(one.count) items, were \(other.count)"
        default:
            return expected == actual
                ? nil
                : "at \(place.isEmpty ? "/" : place): expected \(Shown.line(expected.text())), was "
                    + Shown.line(actual.text())
        }
    }
}
