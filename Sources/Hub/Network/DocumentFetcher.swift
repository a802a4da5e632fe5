import Core
import Outbound
import Ports

/// Reads what clients publish, and logs each reading as a transaction.
struct DocumentFetcher: DocumentFetching {
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let effects: Effects

    /// Those of the client that it gets.
    static var bounds: OutboundClient.Bounds {
        var bounds = OutboundClient.Bounds()
        bounds.totalMilliseconds = Limits.fetchMilliseconds.value
        bounds.connectMilliseconds = min(bounds.connectMilliseconds, bounds.totalMilliseconds)
        bounds.bodyBytes = Limits.fetchedBytes.value
        return bounds
    }

    func document(at url: String, for purpose: String) async -> FetchedDocument? {
        // Plain http could be changed on its way, and is never sent.
        guard let address = StrictURL(url), address.scheme == "https" else { return nil }
        let path = address.target.split(separator: "?").first.map(String.init) ?? "/"
        let began = effects.monotonicNanoseconds()
        var row = Transaction(.outbound, .new(effects), at: effects.now(), method: "GET", path: path)
        row.action = purpose
        var document: FetchedDocument?
        do {
            let reply = try await outbound.send(
                OutboundRequest(
                    method: "GET", url: url, headers: [("accept", .plain("application/json"))], body: nil,
                    allowsLoopbackHTTP: false))
            row.status = reply.status
            if reply.status == 200 {
                document = FetchedDocument(
                    contentType: reply.header("content-type") ?? "",
                    cacheControl: reply.header("cache-control") ?? "", body: reply.body)
            } else {
                row.outcome = .failed
                row.reason = "not_200"
            }
        } catch {
            row.outcome = .failed
            switch error {
            case .notSent(let reason, _), .unknown(let reason, _): row.reason = reason
            }
        }
        row.microseconds = Int64((effects.monotonicNanoseconds() - began) / 1_000)
        log.log(row)
        return document
    }
}
