import Core
import Ports
import Vault

/// Rotates the secret or key of a credential through its provider's API, as far as it can be gone now.
struct CredentialRotate: Sendable {
    let parts: Parts

    static let declaration = Operation(
        "credential", .act("rotate"), roles: [.credentialAdmin],
        says:
            "Rotates a client's secret or key through its provider's API: added, tested, switched; later again: retired.",
        fields: [
            .optional(
                "through", .text(most: Limits.nameField.value),
                "The connection through which the provider is called; the one that the credential names if left out."),
            .optional(
                "administrator_token", .secret(most: Limits.credentialBytes.value),
                "A token of an administrator of the provider, for this run only; an access token begins with \"Bearer \"."
            ),
            .optional(
                "overlap_seconds", .int(0...Int64(Limits.rotationOverlapLongestSeconds.value)),
                "How long the old secret stays usable after the switch; a day if nothing is said, 0 retires it at once."
            ),
        ], needsFreshProof: true
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            try Vault.mayRotate(request.caller)
            let outcome = try await SecretRotation(parts: parts).run(
                .init(
                    credential: request.id, through: request.text("through"),
                    administrator: request.secrets["administrator_token"],
                    overlapSeconds: request.int("overlap_seconds")), request.cause)
            return [
                "credential": .string(request.id), "done": .texts(outcome.steps),
                "complete": .bool(outcome.waitsUntil == nil),
                "old_stays_until": outcome.waitsUntil.map { .string($0.rfc3339) } ?? .null,
                "next": .string(Self.next(outcome, request.id)),
            ]
        }
    }

    private static func next(_ outcome: SecretRotation.Outcome, _ name: String) -> String {
        guard !outcome.isGivenUp else {
            return "What was under way was about a secret that is not here any more, so it was given up. Look what the "
                + "provider has, then begin anew: linchpin credential rotate \(Shown.name(name))"
        }
        guard let moment = outcome.waitsUntil else { return "The old secret is gone. Nothing is left to do." }
        return "The old secret stays usable until \(moment.rfc3339). Then retire it: linchpin credential rotate "
            + "\(Shown.name(name)). A credential with \"rotate_through\" does that by itself."
    }
}
