import Core
import Keys

extension IntrospectionEndpoint {
    /// RFC 9701 §5: the type of the answer, in the header of the token and with `application/` of the response.
    static let signedType = "token-introspection+jwt"

    /// What was found as a signed statement to the client that asked (RFC 9701 §5).
    func signed(_ members: JSONObject, for client: Client, at now: Timestamp) async throws -> TokenResponse {
        // §5 (MUST): iss, aud, iat. §8.1: no sub and no exp, so that it is taken for no token of another kind.
        let claims: JSONObject = [
            "iss": .string(issuer()), "aud": .string(client.publicID), "iat": .int(now.epochSeconds),
            "token_introspection": .object(members),
        ]
        let text = try await signing.sign(
            claims, type: Self.signedType, client.settings.introspectionAlgorithm, at: now)
        var response = TokenResponse.answered([:], client)
        response.raw = Array(text.utf8)
        response.headers = response.headers.map { header in
            header.name == "content-type" ? (header.name, "application/" + Self.signedType) : header
        }
        return response
    }
}
