import Access
import Core
import Flows
import Identity
import OAuthServer
import Ports
import Storage
import Vault

/// Refuses operations that would leave a row of one feature pointing at nothing in another; features know no others.
///
/// The check and the act are two transactions. A change that slips in between is harmless: whatever rests on the
/// missing row is refused when it runs.
struct Guards: Sendable {
    let database: any Database

    private typealias Check = @Sendable (_ idOrName: String, _ reader: any SQLReader) throws -> Void

    /// By the operation's name. One more guard is one more line.
    private static let checks: [String: Check] = [
        "alias.delete": aliasIsUnused, "flow.activate": aliasesExist, "scope.delete": scopeIsUnused,
        "user.delete": userIsUnused,
    ]

    /// The operations, each behind its check where it has one.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            guard let check = Self.checks[operation.name] else { return operation }
            return operation.running { [database] request in
                try await database.read { reader in try check(request.id, reader) }
                return try await operation.run(request)
            }
        }
    }

    @Sendable private static func aliasIsUnused(_ idOrName: String, _ reader: any SQLReader) throws {
        guard let alias = try Vault.alias(idOrName, in: reader),
            let flow = try Flows.activeFlow(using: [alias.id, alias.name], in: reader)
        else { return }
        throw HubError(
            .conflict, "alias_in_use",
            "Alias \(alias.name) is used by the active flow \(flow). "
                + "Deactivate it first: linchpin flow deactivate \(flow)")
    }

    @Sendable private static func aliasesExist(_ idOrName: String, _ reader: any SQLReader) throws {
        let flow = try Flows.aliases(ofFlow: idOrName, in: reader)
        for alias in flow.aliases where try Vault.alias(alias, in: reader) == nil {
            throw HubError(
                .conflict, "unknown_alias",
                "Flow \(flow.name) uses the alias \(alias), which does not exist. "
                    + "Make it: linchpin alias create \(alias) --connection NAME")
        }
    }

    @Sendable private static func scopeIsUnused(_ idOrName: String, _ reader: any SQLReader) throws {
        guard let scope = try Access.scopeName(idOrName, in: reader),
            let client = try OAuthServer.clientName(holding: scope, in: reader)
        else { return }
        throw HubError(
            .conflict, "scope_in_use",
            "Auth scope \(Shown.name(scope)) is held by the client \(Shown.name(client)). Take it from the client first."
        )
    }

    @Sendable private static func userIsUnused(_ idOrName: String, _ reader: any SQLReader) throws {
        guard let user = try Identity.userID(idOrName, in: reader),
            let client = try OAuthServer.clientName(actingAs: user, in: reader)
        else { return }
        throw HubError(
            .conflict, "user_in_use",
            "The client \(Shown.name(client)) acts as this user. "
                + "Give it another first: linchpin client update \(Shown.name(client)) --user NAME")
    }
}
