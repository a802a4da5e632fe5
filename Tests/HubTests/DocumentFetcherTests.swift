import Core
import Outbound
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Hub

/// An outside world that gives one answer, and what was asked of it.
private final class OneAnswer: OutboundCalling, TransactionLogging {
    private let answer: Result<OutboundReply, OutboundFailure>
    private let state = Mutex<(sent: [OutboundRequest], rows: [Transaction])>(([], []))

    init(_ answer: Result<OutboundReply, OutboundFailure>) { self.answer = answer }

    var sent: [OutboundRequest] { state.withLock { $0.sent } }
    var rows: [Transaction] { state.withLock { $0.rows } }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        state.withLock { $0.sent.append(request) }
        return try answer.get()
    }

    func log(_ transaction: Transaction) { state.withLock { $0.rows.append(transaction) } }
}

@Suite("What clients publish is fetched") struct DocumentFetcherTests {
    private func fetch(_ url: String, _ world: OneAnswer) async -> FetchedDocument? {
        await DocumentFetcher(outbound: world, log: world, effects: TestEffects().effects)
            .document(at: url, for: "keys of client app")
    }

    @Test("200 is read, and logged without its query")
    func read() async throws {
        let world = OneAnswer(
            .success(
                OutboundReply(
                    status: 200, headers: [("content-type", "application/json"), ("cache-control", "max-age=60")],
                    body: [1, 2])))
        let document = await fetch("https://app.example/keys?secret=1", world)
        #expect(
            document
                == FetchedDocument(contentType: "application/json", cacheControl: "max-age=60", body: [1, 2]))
        let request = try #require(world.sent.first)
        #expect(request.method == "GET" && !request.allowsLoopbackHTTP && request.passage.isPlain)
        let row = try #require(world.rows.first)
        #expect(row.path == "/keys" && row.action == "keys of client app" && row.outcome == .allowed)
    }

    @Test("anything else is nothing", arguments: [201, 204, 301, 302, 404, 500])
    func status(_ status: Int) async throws {
        let world = OneAnswer(.success(OutboundReply(status: status, headers: [("location", "/x")], body: [1])))
        #expect(await fetch("https://app.example/keys", world) == nil)
        let row = try #require(world.rows.first)
        #expect(world.sent.count == 1)
        #expect(row.status == status && row.reason == "not_200" && row.outcome == .failed)
    }

    @Test("a failure is logged with its reason")
    func failure() async throws {
        let world = OneAnswer(.failure(.notSent(reason: "address_forbidden", says: "")))
        #expect(await fetch("https://app.example/keys", world) == nil)
        #expect(world.rows.map(\.reason) == ["address_forbidden"])
    }

    @Test("https alone is sent", arguments: ["http://app.example/keys", "file:///etc/passwd", "/keys", ""])
    func scheme(_ url: String) async throws {
        let world = OneAnswer(.failure(.notSent(reason: "x", says: "")))
        #expect(await fetch(url, world) == nil)
        #expect(world.sent.isEmpty)
    }

    @Test("its bounds are closer than those of other calls")
    func bounds() {
        #expect(DocumentFetcher.bounds.bodyBytes == Limits.fetchedBytes.value)
        #expect(DocumentFetcher.bounds.totalMilliseconds == Limits.fetchMilliseconds.value)
    }
}
