import Core
import Keys
import Ports

extension OAuthServer {
    var signingKeyOperations: [Operation] { [listSigningKeys, rotateSigningKeys] }

    private var listSigningKeys: Operation {
        Operation(
            "signing-key", .list, roles: [.oauthAdmin, .auditor],
            says: "Lists the keys that sign tokens, by algorithm, newest first; of each algorithm the last few."
        ) { [signing] request in
            let now = request.cause.now
            return ["items": .array(try await signing.keys().map { $0.json(at: now) })]
        }
    }

    private var rotateSigningKeys: Operation {
        Operation(
            "signing-key", .actOnAll("rotate"), roles: [.oauthAdmin],
            says: "Makes a successor of each signing key: published now, it signs a day later, or at once.",
            fields: [
                .optional(
                    "algorithm", .oneOf(SigningKeys.algorithms.map(\.rawValue)), "Only this one; all if left out."),
                .optional(
                    "at_once", .bool,
                    "For a key that others may have: the new one signs now, the others are removed, and tokens that "
                        + "they signed are dead."),
            ]
        ) { [signing] request in
            let chosen = request.text("algorithm").flatMap(JWSAlgorithm.init)
            let keys = try await signing.rotate(
                chosen.map { [$0] } ?? SigningKeys.algorithms, atOnce: request.bool("at_once") ?? false,
                by: request.cause)
            return ["items": .array(keys.map { $0.json(at: request.cause.now) })]
        }
    }
}
