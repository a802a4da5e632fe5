import Core
import Identity
import Ports
import Storage
import Vault

/// The time in which a connection is set up in the name of its service account, with a role that is gone afterwards.
struct ConnectionSetUp: Sendable {
    let parts: Parts

    static let begin = Operation(
        "connection", .act("begin-set-up"), roles: [.admin],
        says:
            "Gives the service account a role until a moment, so that somebody sets the connection up in its name; "
            + "at the end the role goes and the account is for web services only.",
        fields: [
            .optional(
                "account", .text(most: Limits.nameField.value),
                "The user who stands for the service account; the one of the declared name if left out."),
            .optional(
                "role", .oneOf([AdminRole.credentialAdmin.rawValue, AdminRole.connectionAdmin.rawValue]),
                "The role; credential_admin if left out, which gets the first token."),
            .optional("until", .time, "When it ends by itself; an hour from now if left out, a day at most."),
        ]
    ) { _ in .null }

    static let end = Operation(
        "connection", .act("end-set-up"), roles: [.admin],
        says: "Ends the set-up session: the role goes, the account's sessions end, it is for web services only."
    ) { _ in .null }

    var operations: [Operation] {
        [
            Self.begin.running { try await begin($0) },
            Self.end.running { request in
                try await parts.database.write(.change) { writer in
                    let connection = try Vault.facts(ofConnection: request.id, in: writer)
                    let purpose = FactGatherer.purpose(connection.id)
                    return try Identity.endSetUp(for: purpose, in: writer, by: request.cause).json
                }
            },
        ]
    }

    private func begin(_ request: OperationRequest) async throws -> JSON {
        let now = request.cause.now
        let until = request.time("until") ?? now.adding(seconds: Int64(Limits.setUpSeconds.value))
        let longest = now.adding(seconds: Int64(Limits.setUpLongestSeconds.value))
        guard now < until, until <= longest else {
            throw HubError(
                .invalid, "bad_until",
                "\"until\" must be later than now and at most \(Limits.setUpLongestSeconds.value / 3_600) hours away.")
        }
        let ids = Identity.SetUpIDs(parts.effects)
        let role = request.text("role") ?? AdminRole.credentialAdmin.rawValue
        return try await parts.database.write(.change) { [vault = parts.vault] writer in
            let connection = try Vault.facts(ofConnection: request.id, in: writer)
            let credentials = try vault.credentialFacts(ofConnection: connection.id, at: now, in: writer)
            let declared = credentials.compactMap { $0.oauth?.expectedOwner }.first
            guard let account = request.text("account") ?? declared else {
                throw HubError(
                    .invalid, "account_needed",
                    "No service account is declared for connection \(connection.name). Name the user in \"account\".")
            }
            return try Identity.beginSetUp(
                for: FactGatherer.purpose(connection.id), account: account, role: role, until: until, ids, in: writer,
                by: request.cause
            ).json
        }
    }
}
