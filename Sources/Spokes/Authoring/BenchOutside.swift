import Core
import Ports
import Synchronization

/// What a test's actions reach: the recorded calls, in their order, or a system that really answers. Keeps what went by.
final class BenchOutside: OutboundCalling {
    private typealias Passed = (method: String, target: String, body: [UInt8]?, reply: OutboundReply)

    private struct State {
        var next = 0
        var difference: String?
        var passed: [Passed] = []
    }

    private let base: String
    private let calls: [(send: SpokeTestRow.Sent, reply: SpokeTestRow.Reply)]
    private let live: (any OutboundCalling)?
    private let state = Mutex(State())

    init(
        base: String, calls: [(send: SpokeTestRow.Sent, reply: SpokeTestRow.Reply)], live: (any OutboundCalling)?
    ) {
        self.base = base
        self.calls = calls
        self.live = live
    }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        let target = String(request.url.dropFirst(base.count))
        guard let live else { return try recorded(request, target) }
        let reply = try await live.send(request)
        state.withLock { $0.passed.append((request.method, target, request.body, reply)) }
        return reply
    }

    /// How what was sent differs from what was recorded; nil for not at all.
    var difference: String? {
        state.withLock { state in
            if live != nil || state.difference != nil || state.next == calls.count { return state.difference }
            let missing = calls[state.next].send
            return "did not send call \(state.next + 1): \(missing.method) \(missing.target)"
        }
    }

    private func recorded(_ request: OutboundRequest, _ target: String) throws(OutboundFailure) -> OutboundReply {
        let reply = state.withLock { state -> SpokeTestRow.Reply? in
            guard state.next < calls.count else {
                state.difference = state.difference ?? "sent one more call: \(request.method) \(Shown.line(target))"
                return nil
            }
            let (expected, reply) = calls[state.next]
            if let found = Self.difference(expected, request, target) {
                state.difference = state.difference ?? "call \(state.next + 1) \(found)"
                return nil
            }
            state.next += 1
            return reply
        }
        guard let reply else { throw .notSent(reason: "not_recorded", says: "This call is not recorded.") }
        return OutboundReply(
            status: reply.status,
            headers: reply.headers.map { ($0.name, $0.value.replacing("{connection.url}", with: base)) },
            body: Array(String(decoding: reply.body, as: UTF8.self).replacing("{connection.url}", with: base).utf8))
    }

    private static func difference(
        _ expected: SpokeTestRow.Sent, _ request: OutboundRequest, _ target: String
    ) -> String? {
        guard request.method == expected.method, target == expected.target else {
            return "expected \(expected.method) \(expected.target), was \(request.method) \(Shown.line(target))"
        }
        for header in expected.headers {
            let actual = request.headers.first { $0.name.lowercased() == header.name }
            guard case .plain(let value)? = actual?.value else { return "lacks the header \(header.name)" }
            guard value == header.value else {
                return "expected header \(header.name): \(header.value), was \(Shown.line(value))"
            }
        }
        guard let body = expected.body else { return nil }
        guard let bytes = request.body, let actual = readable(bytes) else { return "has no body of JSON" }
        return JSONDifference.first(body, actual).map { "body \($0)" }
    }

    /// Nil for what is no JSON.
    private static func readable(_ bytes: [UInt8]) -> JSON? {
        do { return try JSON.read(bytes, members: Limits.outboundMembers) } catch { return nil }
    }

    /// The calls that went by, as a test file states them; what is sensitive in the replies is blotted out.
    func recorded(_ action: Action) -> [JSON] {
        state.withLock(\.passed).map { call in
            var send: JSONObject = ["method": .string(call.method), "target": .string(call.target)]
            if let body = call.body.flatMap(Self.readable) { send["body"] = body }
            var reply: JSONObject = ["status": .int(Int64(call.reply.status))]
            var headers = JSONObject()
            for header in call.reply.headers where Self.kept.contains(header.name) {
                headers[header.name] = .string(header.value.replacing(base, with: "{connection.url}"))
            }
            if !headers.members.isEmpty { reply["headers"] = .object(headers) }
            if !call.reply.body.isEmpty {
                reply["text"] = .string(
                    Self.blotted(call.reply.body, action).replacing(base, with: "{connection.url}"))
            }
            return ["send": .object(send), "reply": .object(reply)]
        }
    }

    /// The headers that mean something to a spoke.
    private static let kept: Set<String> = ["link", "retry-after", "x-rate-limit-reset", "x-ratelimit-reset"]

    private static func blotted(_ body: [UInt8], _ action: Action) -> String {
        let secret = action.kind.fields.filter(\.isSensitive).map(\.pointer)
        guard !secret.isEmpty, let json = readable(body) else { return String(decoding: body, as: UTF8.self) }
        return secret.reduce(json) { blot($0, $1.split(separator: "/").map(String.init)[...]) }.text()
    }

    /// In a list, in each item.
    private static func blot(_ json: JSON, _ path: ArraySlice<String>) -> JSON {
        if case .array(let items) = json { return .array(items.map { blot($0, path) }) }
        guard let name = path.first, var object = json.object, let inner = object[name] else { return json }
        object[name] = path.count == 1 ? .string("sensitive") : blot(inner, path.dropFirst())
        return .object(object)
    }
}
