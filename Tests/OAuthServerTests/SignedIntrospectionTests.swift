import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

private let media = "application/token-introspection+jwt"

@Suite("Signed answers about tokens (RFC 9701)") struct SignedIntrospectionTests {
    @Test("§5: a statement of the hub to the client that asked", arguments: TestStore.allCases)
    func statement(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let api = try await GrantRig.make(
                rig.desk, "api", ["introspects_all": true, "introspection_signed_response_alg": "ES256"])
            let tokens = try await rig.tokens()
            // §6: RS256 where nothing else was chosen.
            for (asking, algorithm) in [(rig, "RS256"), (api, "ES256")] {
                let plain = await asking.introspect(tokens.access, accept: ["application/json"])
                #expect(plain.raw == nil && plain.body["active"] == true)
                let answer = await asking.introspect(tokens.access, accept: [media])
                #expect(answer.status == 200 && answer.client.isEmpty == false)
                #expect(answer.headers.filter { $0.name == "content-type" }.map(\.value) == [media])
                #expect(answer.headers.contains { $0.name == "cache-control" && $0.value == "no-store" })
                let text = String(decoding: answer.raw ?? [], as: UTF8.self)
                let now = rig.desk.time.now
                let claims = try #require(
                    try await rig.desk.server.signing.verify(text, type: "token-introspection+jwt", at: now))
                #expect(try JWS.read(text).header["alg"] == .string(algorithm))
                #expect(try JWS.read(text).type == "token-introspection+jwt")
                #expect(Set(claims.members.map(\.name)) == ["iss", "aud", "iat", "token_introspection"])
                #expect(claims["iss"] == .string(OAuthDesk.issuer) && claims["aud"] == .string(asking.id))
                #expect(claims["iat"] == .int(now.epochSeconds))
                #expect(claims["token_introspection"] == plain.body)
                // §8.1: it opens nothing.
                #expect(try await rig.desk.find(text) == nil)
            }
        }
    }

    @Test(
        "§5: of a token that does not count nothing but that; a refusal is signed by nobody",
        arguments: TestStore.allCases)
    func inactive(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let answer = await rig.introspect("nonsense", accept: [media])
            let claims = try JWS.read(String(decoding: answer.raw ?? [], as: UTF8.self)).unverifiedClaims
            let nothing: JSON = ["active": false]
            #expect(claims["token_introspection"] == nothing)
            let open = try await GrantRig.make(rig.desk, "open", isPublic: true)
            let refused = await open.introspect("nonsense", accept: [media])
            #expect(refused.raw == nil && refused.body["error"] == "unauthorized_client")
            #expect(refused.headers.contains { $0.name == "content-type" && $0.value == "application/json" })
        }
    }

    @Test(
        "RFC 9110 §12.5.1: signed where the caller takes it",
        arguments: [
            ([], false), (["*/*"], false), (["application/json, \(media)"], true), (["application/json", media], true),
            (["Application/Token-Introspection+JWT ; q=0.5"], true), (["\(media);q=0"], false),
            (["\(media); q=0.000, application/json"], false), (["application/jwt"], false),
        ] as [([String], Bool)])
    func accepted(_ accept: [String], _ isTaken: Bool) {
        let request = TokenRequest(authorization: [], contentType: nil, body: [], accept: accept)
        #expect(request.takes(media) == isTaken)
    }
}
