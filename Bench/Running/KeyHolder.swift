import Core
import Foundation
import Keys
import Ports

/// An application that holds a key, and a token that is bound to it (RFC 9449).
struct KeyHolder: Sendable {
    let token: String
    private let key: JWSPrivateKey

    /// Gets it a token, by the nonce that the first answer hands out.
    init(_ application: CallingClient, at hub: RunningHub, _ site: Site) async throws {
        key = try JWSPrivateKey.make(.es256)
        let url = hub.url + "/oauth2/token"
        var (nonce, got): (String?, String?)
        for _ in 0..<2 where got == nil {
            var headers = application.tokenHeaders
            headers["DPoP"] = try Self.proof(key, "POST", url, nonce: nonce)
            let reply = try await site.reply("POST", url, headers: headers, body: CallingClient.tokenForm)
            nonce = reply.header("dpop-nonce")
            got = try JSON.read(reply.body)["access_token"]?.string
        }
        guard let got else { throw BenchProblem("no bound token") }
        token = got
    }

    var headers: [String: String] { ["Authorization": "DPoP " + token] }

    /// A script that sends one of so many new proofs with each request; none twice.
    func script(_ count: Int, for url: String) async throws -> String {
        let (key, token) = (key, token)
        let cores = ProcessInfo.processInfo.processorCount
        let proofs = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<cores {
                group.addTask { try (0..<count / cores).map { _ in try Self.proof(key, "GET", url, for: token) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let path = Site.folder + "/proofs"
        try Data(proofs.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        return """
            local proofs, next = {}, 0
            for line in io.lines("\(path)") do proofs[#proofs + 1] = line end
            request = function()
              next = next + 1
              wrk.headers["DPoP"] = proofs[next] or "used up"
              return wrk.format()
            end
            """
    }

    private static func proof(
        _ key: JWSPrivateKey, _ method: String, _ url: String, nonce: String? = nil, for token: String? = nil
    ) throws -> String {
        var claims: JSONObject = [
            "htm": .string(method), "htu": .string(url),
            "jti": .string(Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255) })),
            "iat": .int(Int64(Date().timeIntervalSince1970)),
        ]
        claims["nonce"] = nonce.map { .string($0) }
        claims["ath"] = token.map { .string(Base64URL.encode(Hashing.sha256(Array($0.utf8)))) }
        return try JWS.sign(claims, header: ["typ": "dpop+jwt", "jwk": key.publicKey.jwk], with: key)
    }
}
