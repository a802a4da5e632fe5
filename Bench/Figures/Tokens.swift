import Core
import Foundation
import Storage
import StorageSQLite

extension Figure {
    /// Client credentials: each token with its audit event, on the disk before the answer.
    static let tokens = Figure(
        name: "tokens", says: "client-credentials tokens, durable, each with its event; limit: one grouped INSERT"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        var readings: [Reading] = []
        var rates: [Double] = []
        for count in [1_000, 1_000_000] {
            try await fill(site.data + "/hub.sqlite", to: count)
            let (ours, most) = try await site.withLimit { limit in
                try await site.withHub { hub in
                    try await Wrk.compare(
                        Wrk(
                            url: hub.url + "/oauth2/token", method: "POST", headers: application.tokenHeaders,
                            body: CallingClient.tokenForm),
                        Wrk(url: limit + "/insert", method: "POST", body: CallingClient.tokenForm))
                }
            }
            rates.append(ours.perSecond)
            readings.append(
                Reading("with \(count) tokens there", rate: ours.perSecond, of: most.perSecond, reach: 0.5))
            readings.append(Reading("p99 with \(count) there", "\(Reading.number(ours.p99)) ms"))
        }
        return readings + [
            Reading("flat: the last as a share of the first", rates[1] / rates[0], "", most: 0.9, atLeast: true)
        ]
    }

    /// Tokens that others were given, spread over the hours of a day.
    private static func fill(_ path: String, to count: Int) async throws {
        let database = try SQLiteDatabase(path: path)
        let now = Timestamp(epochMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let client = try await database.read { reader in
            try reader.row("SELECT id, user_id FROM client ORDER BY id LIMIT 1", [])
        }
        guard let client else { throw BenchProblem("there is no client") }
        let (id, user) = (try client.text("id"), try client.text("user_id"))
        let there = try await database.read { try $0.row("SELECT COUNT(*) AS n FROM token", [])?.int("n") ?? 0 }
        for start in stride(from: Int(there), to: count, by: 20_000) {
            try await database.write(.bookkeeping("a bench's tokens")) { writer in
                for number in start..<min(start + 20_000, count) {
                    let at = now.adding(seconds: -Int64(number % 80_000))
                    try writer.run(
                        """
                        INSERT INTO token (slot, hash, client_ref, user_id, scopes, epoch, issued_at, expires_at)
                        VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
                        """,
                        [
                            .int(at.epochMilliseconds), .blob((0..<32).map { _ in UInt8.random(in: 0...255) }),
                            .text(id), .text(user), .text("all"), .int(at.epochMilliseconds),
                            .int(now.adding(seconds: 86_400).epochMilliseconds),
                        ])
                }
            }
        }
        await database.close()
    }
}
