import Core
import Ports
import Spokes
import Synchronization
import TestSupport
import Testing

/// A log as Okta serves it: pages of two in the order of keeping, always with a next link.
private final class FakeLogSource: OutboundCalling {
    private let state = Mutex<(events: Int, sent: [String])>((0, []))

    var sent: [String] { state.withLock { $0.sent } }
    func happen(_ count: Int) { state.withLock { $0.events += count } }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        let (events, after) = state.withLock { state in
            state.sent.append(request.url)
            let after = request.url.split(separator: "after=").dropFirst().first.flatMap { Int($0) } ?? 0
            return (state.events, after)
        }
        let last = min(after + 2, events)
        let items = after < last ? (after + 1...last).map { event($0) } : []
        return OutboundReply(
            status: 200, headers: [("link", "<https://acme.example:8443/api/v1/logs?after=\(last)>; rel=\"next\"")],
            body: Array("[\(items.joined(separator: ","))]".utf8))
    }

    private func event(_ number: Int) -> String {
        #"{"uuid":"e\#(number)","published":"2026-11-21T09:00:00.000Z","eventType":"user.session.start"}"#
    }
}

/// The journal as the test wants it: by step.
private final class FakeJournal: StepJournal {
    private let state = Mutex<[String: StepStanding]>([:])
    func set(_ step: String, _ standing: StepStanding) { state.withLock { $0[step] = standing } }
    func standing(of step: String) async throws -> StepStanding { state.withLock { $0[step] ?? .lost } }
}

private struct Reader {
    let spokes: Spokes
    let effects: TestEffects

    func read(_ step: String, most: Int? = nil, _ more: JSONObject = [:]) async throws -> ActionOutcome {
        var input = more
        input["reader"] = "siem"
        return try await spokes.run(
            ActionCall(
                action: ActionName(spoke: "okta", key: "logs_stream"), alias: "okta", input: input, most: most,
                execution: step, cause: effects.cause()))
    }

    @discardableResult
    func events(_ step: String) async throws -> [String] {
        guard case .done(let output) = try await read(step) else { return ["not done"] }
        return output["items"]?.array?.compactMap { $0["uuid"]?.string } ?? []
    }

    func expect(
        _ step: String, _ wanted: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await events(step)
        #expect(found == wanted, sourceLocation: sourceLocation)
    }
}

@Suite("The place of a log's reader", .serialized) struct PlaceTests {
    private func with(
        _ store: TestStore, _ body: (Reader, FakeLogSource, FakeJournal) async throws -> Void
    ) async throws {
        let (source, journal, effects) = (FakeLogSource(), FakeJournal(), TestEffects())
        try await withSpokes(
            store, credentials: FakeCredentials(actions: ["logs_stream"]), outside: source, journal: journal,
            effects: effects
        ) { spokes, _ in
            try await body(Reader(spokes: spokes, effects: effects), source, journal)
        }
    }

    @Test("goes on behind what was kept, and finds what came since", arguments: TestStore.allCases)
    func goesOn(store: TestStore) async throws {
        try await with(store) { reader, source, journal in
            source.happen(3)
            try await reader.expect("x1/log", ["e1", "e2", "e3"])
            journal.set("x1/log", .taken)
            try await reader.expect("x2/log", [])
            journal.set("x2/log", .taken)
            source.happen(2)
            try await reader.expect("x3/log", ["e4", "e5"])
        }
    }

    @Test("loses nothing that was handed out and not kept, and gives nothing twice", arguments: TestStore.allCases)
    func losesNothing(store: TestStore) async throws {
        try await with(store) { reader, source, journal in
            source.happen(3)
            try await reader.events("x1/log")
            // The same step again: its first outcome was not kept.
            try await reader.expect("x1/log", ["e1", "e2", "e3"])
            // Its execution was cancelled; the next one gets all of it.
            journal.set("x1/log", .lost)
            try await reader.expect("x2/log", ["e1", "e2", "e3"])
            journal.set("x2/log", .taken)
            source.happen(1)
            try await reader.expect("x3/log", ["e4"])
        }
    }

    @Test("one reader reads once at a time; another has a place of its own")
    func oneAtATime() async throws {
        try await with(.sqlite) { reader, source, journal in
            source.happen(1)
            try await reader.events("x1/log")
            journal.set("x1/log", .open)
            let second = try await reader.read("x2/log")
            #expect(second.summary.word == "later" && second.summary.reason == "place_in_use")
        }
    }

    @Test("stops behind a whole page, and says that there is more")
    func wholePages() async throws {
        try await with(.sqlite) { reader, source, journal in
            source.happen(5)
            guard case .done(let output) = try await reader.read("x1/log", most: 3) else {
                Issue.record("not done")
                return
            }
            #expect(output["count"] == 4 && output["more"] == true && output["pages"] == 2)
            journal.set("x1/log", .taken)
            try await reader.expect("x2/log", ["e5"])
        }
    }

    @Test("a read by hand looks and moves nothing")
    func byHand() async throws {
        try await with(.sqlite) { reader, source, _ in
            source.happen(1)
            try await reader.expect("", ["e1"])
            try await reader.expect("", ["e1"])
            try await reader.expect("x1/log", ["e1"])
        }
    }

    @Test("its place is one of one query, and goes with no end")
    func oneQuery() async throws {
        try await with(.sqlite) { reader, source, journal in
            source.happen(1)
            try await reader.events("x1/log")
            journal.set("x1/log", .taken)
            let other = try await reader.read("x2/log", ["words": "login"])
            #expect(other.summary.reason == "place_of_another_query")
            let ended = try await reader.read("x2/log", ["until": "2026-11-21T09:00:00Z"])
            #expect(ended.summary.word == "refused" && ended.summary.reason == "input_invalid")
        }
    }

    @Test("without a reader the list ends at its first empty page, and an event that comes twice counts once")
    func withoutReader() async throws {
        let event = #"{"uuid":"e1","published":"2026-11-21T09:00:00.000Z","eventType":"x"}"#
        func page(_ items: String, _ next: Int) -> Result<OutboundReply, OutboundFailure> {
            reply(200, "[\(items)]", [("link", "<https://acme.example:8443/l?after=\(next)>; rel=\"next\"")])
        }
        let run = try await run(
            "okta.logs_stream", ["filter": "eventType eq \"x\""], FakeCredentials(actions: ["logs_stream"]),
            outside: [page(event, 1), page(event, 2), page("", 2)])
        guard case .done(let output) = run.outcome else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(output["count"] == 1 && output["more"] == nil && run.sent.count == 3)
    }
}
