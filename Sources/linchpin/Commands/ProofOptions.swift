import ArgumentParser
import Core

/// How a client proves itself by keys, as options of the commands that set it.
struct ProofOptions: ParsableArguments {
    @Option(help: "A file with its public keys as a JWK set, each with a kid.") var keys: String?
    @Option(name: .customLong("keys-url"), help: "The https address where it publishes them instead.") var keysURL:
        String?
    @Option(help: "A file with its certificates: a JSON object with a PEM for each kid.") var certificates: String?
    @Option(help: "What of a user the sub of its assertions is: name, id or email.") var jwtSubject: String?
    @Option(help: "true or false: it gets tokens for users that its signed assertions name.") var actsForUsers: Bool?
    @Option(name: .customLong("requires-dpop"), help: "true or false: it gets only tokens that are bound to a key.")
    var requiresDPoP: Bool?
    @OptionGroup var certificate: CertificateOptions

    @Option(help: "true or false: it gets codes only for requests that it pushed before.")
    var requirePushedAuthorizationRequests: Bool?
    @Option(help: "true or false: it gets codes only for requests that it signed.")
    var requireSignedRequestObject: Bool?
    @Option(help: "How signed answers about tokens are signed: ES256, RS256 or EdDSA.")
    var introspectionSignedResponseAlg: String?

    func set(_ body: inout Body) throws {
        if let keys { body.set("jwks", try Self.json(in: keys)) }
        body.set("jwks_uri", keysURL)
        if let certificates { body.set("certificates", try Self.json(in: certificates)) }
        body.set("jwt_subject", jwtSubject)
        body.set("acts_for_users", actsForUsers)
        body.set("requires_dpop", requiresDPoP)
        try certificate.set(&body)
        body.set("require_pushed_authorization_requests", requirePushedAuthorizationRequests)
        body.set("require_signed_request_object", requireSignedRequestObject)
        body.set("introspection_signed_response_alg", introspectionSignedResponseAlg)
    }

    private static func json(in file: String) throws -> JSON {
        let text = try PassageOptions.document(in: file)
        do { return try JSON.read(text) } catch {
            throw HubError(
                .invalid, "file_unreadable",
                "\(Shown.name(file)) can't be read as JSON: \(error). Correct the file.")
        }
    }
}
