import Core
import Flows
import Ports
import Spokes
import Storage
import Vault

/// The least grant at the provider for a connection: what its actions, or the flows that use it, need, and nothing more.
struct ConnectionGrant: Sendable {
    let parts: Parts

    static let trustImpliedScopes = Field.optional(
        "trust_implied_scopes", .bool,
        "Whether a scope such as manage counts for the read scope that it implies; true if left out.")

    static let template = Field.optional(
        "template", .oneOf(Spokes.templates),
        "What is made there: web-app, for which an account consents, or service-app, which acts for itself by a key; "
            + "left out, what the connection's OAuth credential is, else web-app.")

    static let declaration = Operation(
        "connection", .act("grant"), roles: [.connectionAdmin, .auditor],
        says: "Works out the least grant at the provider, what it allows beyond, and how it is set up.",
        fields: [
            .optional(
                "for", .oneOf(["enabled", "flows"]),
                "Actions that the connection enables, or that active flows run; enabled if left out."),
            .optional(
                "actions", .texts(most: Limits.connectionActions.value), "These actions instead, by their keys."),
            trustImpliedScopes, template,
            .optional(
                "account", .text(most: Limits.nameField.value),
                "The account at the provider that is to consent; the credential's expected owner if left out."),
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let (connection, credentials, used) = try await parts.database.read { [vault = parts.vault] reader in
                let connection = try Vault.facts(ofConnection: request.id, in: reader)
                return (
                    connection,
                    try vault.credentialFacts(ofConnection: connection.id, at: request.cause.now, in: reader),
                    try Flows.actions(through: connection.aliases, in: reader)
                )
            }
            let template = try parts.spokes.template(
                request.text("template"), of: connection.spoke, actsForItself: credentials.actForThemselves)
            let account = request.text("account") ?? credentials.expectedOwner
            let inFlows = used.filter { $0.action.spoke == connection.spoke }
            let chosen =
                request.texts("actions")
                ?? (request.text("for") == "flows" ? inFlows.map(\.action.key) : connection.actions)
            var answer =
                try parts.spokes.grant(
                    spoke: connection.spoke, actions: Set(chosen), called: connection.name, url: connection.url,
                    template: template, redirect: parts.custodian.redirectURI, account: account,
                    trustsImpliedScopes: request.bool("trust_implied_scopes") ?? true, resources: connection.resources
                ).object ?? [:]
            answer["connection"] = .string(connection.name)
            answer["account"] = Spokes.needsAccount(template) ? account.map { .string($0) } ?? .null : .null
            answer["unused"] = .array(unused(connection, inFlows.map(\.action.key)))
            answer["missing"] = .array(missing(request.texts("actions") ?? connection.actions, inFlows))
            answer["residual_reach"] = reach(answer["residual_reach"] ?? .null, connection)
            return .object(answer)
        }
    }

    /// Enabled actions that no active flow runs.
    private func unused(_ connection: ConnectionFacts, _ used: [String]) -> [JSON] {
        connection.actions.filter { !used.contains($0) }.map { .string($0) }
    }

    /// Of a key the provider asks no scope: what its owner may do is all within reach.
    private func reach(_ reach: JSON, _ connection: ConnectionFacts) -> JSON {
        guard var members = reach.object else { return reach }
        let isKey = connection.credentialKinds.contains { !["oauth", "client_certificate"].contains($0) }
        members["unbounded"] = .bool(isKey)
        if isKey {
            members["says"] = .string(
                "This connection sends a key, and a key can do whatever its owner's roles can: all of it is residual "
                    + "reach. By OAuth instead: \(reach["says"]?.string ?? "")")
        }
        return .object(members)
    }

    /// Actions that active flows run and that are not among these: each is refused when its step comes.
    private func missing(_ actions: [String], _ used: [(action: ActionName, flows: [String])]) -> [JSON] {
        used.filter { !actions.contains($0.action.key) }.map { action, flows in
            ["name": .string(action.key), "flows": .array(flows.map { .string($0) })]
        }
    }
}

extension [CredentialFacts] {
    /// Whether the first for OAuth is of a client that acts for itself.
    var actForThemselves: Bool { compactMap(\.oauth).first?.hasAccount == false }

    /// The account that somebody stated as the one to consent; nil where nobody did.
    var expectedOwner: String? { compactMap { $0.oauth?.expectedOwner }.first }
}
