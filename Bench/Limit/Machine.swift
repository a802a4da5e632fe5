import Core
import Foundation
import Keys

/// What this machine can do of one thing alone, measured for a second.
enum Machine {
    /// Signed tokens of about the size of an access token, by every core.
    static func signatures(_ algorithm: JWSAlgorithm) async throws -> (name: String, rate: Double) {
        let key = try JWSPrivateKey.make(algorithm)
        let rate = try await onEveryCore { _ = try JWS.sign(claims, header: ["typ": "at+jwt", "kid": "1"], with: key) }
        return ("\(algorithm.rawValue) signatures", rate)
    }

    /// Tokens read and verified, by every core.
    static func verifications(_ algorithm: JWSAlgorithm) async throws -> (name: String, rate: Double) {
        let key = try JWSPrivateKey.make(algorithm)
        let (text, publicKey) = (try JWS.sign(claims, header: ["typ": "at+jwt"], with: key), key.publicKey)
        let rate = try await onEveryCore {
            _ = try JWS.read(text).verified(by: publicKey, allowing: [algorithm], type: "at+jwt")
        }
        return ("\(algorithm.rawValue) verifications", rate)
    }

    /// Writes that a disk has which syncs one after the other, each for as many as wait at once.
    static func syncs() throws -> (name: String, rate: Double) {
        let path = Site.folder + "/syncs"
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        guard file >= 0 else { throw BenchProblem("\(path) cannot be written") }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 7, count: 4_096)
        let (clock, began) = (ContinuousClock(), ContinuousClock.now)
        var count = 0
        while began.duration(to: clock.now) < .seconds(1) {
            guard pwrite(file, page, page.count, 0) == page.count, fdatasync(file) == 0 else {
                throw BenchProblem("\(path) cannot be synced")
            }
            count += 1
        }
        return ("\(Wrk.connections) at each sync", Double(count * Wrk.connections))
    }

    private static let claims: JSONObject = [
        "iss": "http://127.0.0.1:8080", "sub": "0123456789abcdef0123456789abcdef", "aud": ["http://127.0.0.1:8080"],
        "client_id": "0123456789abcdef0123456789abcdef", "jti": "0123456789abcdef0123456789abcdef",
        "iat": 1_790_000_000, "exp": 1_790_001_800, "scope": "all",
    ]

    private static func onEveryCore(_ body: @escaping @Sendable () throws -> Void) async throws -> Double {
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<ProcessInfo.processInfo.processorCount {
                group.addTask {
                    let (clock, began) = (ContinuousClock(), ContinuousClock.now)
                    var count = 0
                    while began.duration(to: clock.now) < .seconds(1) {
                        try body()
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count)
    }
}
