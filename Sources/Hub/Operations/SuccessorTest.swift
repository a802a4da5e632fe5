import Core
import Ports
import Spokes
import Vault

/// Tries the successor of a credential's secret, beside the one in use.
struct SuccessorTest: Sendable {
    let parts: Parts

    static let declaration = Operation(
        "credential", .act("test-successor"), roles: [.credentialAdmin],
        says: "Tries the successor at the outside system with what only reads; one that fails changes nothing.",
        fields: [
            .optional(
                "connection", .text(most: Limits.nameField.value),
                "The connection through which it is tried; the first that uses the credential if left out.")
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { try await test($0.id, through: $0.text("connection"), $0.cause) }
    }

    /// Tries it and keeps what came of it; throws where it did not pass.
    func test(_ credential: String, through connection: String?, _ began: Cause) async throws -> JSON {
        let successor = try await parts.vault.successor(of: credential, through: connection)
        let test =
            successor.isOAuth
            ? try await parts.custodian.tryOut(successor, began)
            : Self.judged(await parts.spokes.tryOut(successor.connection, began), of: successor.credential)
        let cause = Cause(began.actor, at: parts.effects.now(), began.correlation)
        let answer = try await parts.vault.keepTest(test, of: successor.credential, version: successor.version, cause)
        if case .failed(let reason, let says) = test {
            throw HubError(
                .conflict, reason,
                "The successor of credential \(successor.credential) did not pass, and nothing else changed: \(says)")
        }
        return answer
    }

    /// It passes when all reads that can be made are answered, and one at least can.
    private static func judged(_ outcomes: [ProbeOutcome], of credential: String) -> Vault.SuccessorTest {
        let made = outcomes.filter { $0.meaning != .tellsNothing }
        if let refused = made.first(where: { $0.reason == Spokes.credentialRefused })?.reason {
            return .failed(reason: refused, says: "The provider refused it. \(Vault.otherSuccessor(credential))")
        }
        if let bad = made.first(where: { $0.meaning != .answers }) {
            return .failed(reason: bad.reason ?? "-", says: bad.says)
        }
        guard let first = made.first else {
            return .failed(
                reason: "not_testable",
                says: (outcomes.first?.says ?? "The connection enables no action that can be tried.")
                    + " Enable one that lists something, or switch it untested and go back if it does not work.")
        }
        return .passed(says: first.says)
    }
}
