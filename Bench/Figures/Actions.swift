import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Ports

extension Figure {
    /// One action after the other, and what the bare client does with the same requests.
    static let actions = Figure(
        name: "actions",
        says: "actions through alias, gate, custody, TLS and log, in this process; limit: the bare HTTP client"
    ) { _ in
        try await ActionRig.with { rig in
            try await rig.act()
            var rates: (ours: [Double], limit: [Double]) = ([], [])
            let count = 160 * Wrk.connections
            for _ in 0..<3 {
                rates.limit.append(Double(count) / (try await seconds { try await bare(rig, count) }))
                rates.ours.append(Double(count) / (try await seconds { try await rig.acts(count) }))
            }
            let (ours, limit) = (rates.ours.sorted()[1], rates.limit.sorted()[1])
            return [
                Reading("actions", rate: ours, of: limit, reach: 0.70),
                Reading("overhead of one", "\(Reading.number(1e6 / ours - 1e6 / limit)) µs"),
            ]
        }
    }

    /// Ten thousand calls at the moment when their one token has ended.
    static let refresh = Figure(
        name: "refresh", says: "10,000 calls at once with one ended token; one refresh serves them all"
    ) { _ in
        try await ActionRig.with { rig in
            try await rig.act()
            var (times, most): ([Double], Int) = ([], 0)
            for _ in 0..<3 {
                rig.clock.advance(seconds: 7_200)
                let before = rig.provider.tokens
                times.append(
                    try await seconds {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<10_000 { group.addTask { try await rig.act() } }
                            try await group.waitForAll()
                        }
                    })
                most = max(most, rig.provider.tokens - before)
            }
            return [
                Reading("refreshes", Double(most), "refreshes", most: 1),
                Reading("until the last call is done", "\(Reading.number(times.sorted()[1])) s"),
            ]
        }
    }

    /// As many users as ten streams of the largest size give.
    static let stream = Figure(
        name: "stream", says: "1,000,000 users, in ten streams of the 100,000 that one may give"
    ) { _ in
        try await ActionRig.with { rig in
            try await rig.act()
            var (rates, growth): ([Double], [Double]) = ([], [])
            for _ in 0..<3 {
                let before = try Memory.beginPeak()
                let passed = try await seconds {
                    for _ in 0..<10 {
                        guard try await rig.act("users")["count"] == .int(Int64(Limits.streamItems.value)) else {
                            throw BenchProblem("a stream ended early")
                        }
                    }
                }
                growth.append(Double(try Memory.peak() - before) / 1_024)
                rates.append(10 * Double(Limits.streamItems.value) / passed)
            }
            return [
                Reading("users", "\(Reading.number(rates.sorted()[1]))/s"),
                Reading("growth of resident memory at its peak", growth.sorted()[1], "MiB", most: 512),
            ]
        }
    }

    /// The same requests over the same TLS, by as many at once.
    private static func bare(_ rig: ActionRig, _ count: Int) async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(rig.provider.certificate))
        let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
        let ended: Result<Void, any Error>
        do {
            try await ActionRig.share(count) {
                var request = HTTPClientRequest(url: rig.provider.url + "/things/1")
                request.headers = ["authorization": "Bearer bench-token", "accept": "application/json"]
                let reply = try await client.execute(request, timeout: .seconds(30))
                let body = try await reply.body.collect(upTo: Limits.outboundBodyBytes.value)
                guard try JSON.read(Array(body.readableBytesView))["id"] == "1" else {
                    throw BenchProblem("the bare client got \(reply.status)")
                }
            }
            ended = .success(())
        } catch { ended = .failure(error) }
        try await client.shutdown()
        try ended.get()
    }
}

/// This process's resident memory, in KiB, as Linux counts it.
private enum Memory {
    /// Forgets the peak so far; what is resident now.
    static func beginPeak() throws -> Int {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        return try value("VmRSS:")
    }

    static func peak() throws -> Int { try value("VmHWM:") }

    private static func value(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        guard let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw BenchProblem("/proc/self/status has no \(name)")
        }
        return number
    }
}
