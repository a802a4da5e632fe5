import Core
import OktaSandbox
import Outbound
import Ports

/// Calls the addresses of a sandbox's event hooks, as Okta does.
struct HookSender: Sendable {
    private let outbound: OutboundClient

    init() {
        var bounds = OutboundClient.Bounds()
        bounds.totalMilliseconds = Limits.hookAnswerMilliseconds.value
        bounds.connectMilliseconds = Limits.hookAnswerMilliseconds.value
        outbound = OutboundClient(bounds: bounds)
    }

    func close() async throws { try await outbound.shutdown() }

    /// Asks the one-time question; true for the right answer.
    func ask(_ challenge: HookChallenge, at url: String) async -> Bool {
        let question: [(name: String, value: HeaderValue)] = [
            ("X-Okta-Verification-Challenge", .plain(challenge.challenge))
        ]
        let headers = question + Self.headers(challenge.headers, challenge.auth)
        do {
            let reply = try await outbound.send(request("GET", url, headers, nil))
            return challenge.isAnswered(by: reply.status, reply.body)
        } catch { return false }
    }

    /// Sends a delivery, and once more when no answer came in time or the other side is out of order.
    func send(_ delivery: HookDelivery) async {
        let headers: [(name: String, value: HeaderValue)] =
            [("Content-Type", .plain("application/json"))] + Self.headers(delivery.headers, delivery.auth)
        for _ in 0..<2 {
            do {
                let reply = try await outbound.send(request("POST", delivery.url, headers, delivery.body))
                guard reply.status >= 500 else { return }
            } catch {
                // No answer. Whether it arrived nobody knows, here as at Okta.
            }
        }
    }

    private func request(
        _ method: String, _ url: String, _ headers: [(name: String, value: HeaderValue)], _ body: [UInt8]?
    ) -> OutboundRequest {
        OutboundRequest(method: method, url: url, headers: headers, body: body, allowsLoopbackHTTP: true)
    }

    private static func headers(
        _ fixed: [(name: String, value: String)], _ auth: (header: String, value: Secret)?
    ) -> [(name: String, value: HeaderValue)] {
        fixed.map { ($0.name, .plain($0.value)) }
            + (auth.map { [($0.header, HeaderValue.secret(prefix: "", $0.value))] } ?? [])
    }
}
