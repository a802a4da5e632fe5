import Access
import Core
import Flows
import Hooks
import Identity
import OAuthServer
import Ports
import Records
import Storage
import Vault

/// Refuses operations that would leave a row of one feature pointing at nothing in another, or do through one what
/// another refuses the caller; features know no others.
///
/// The check and the act are two transactions. A change that slips in between is harmless: whatever rests on the
/// missing row is refused when it runs.
struct Guards: Sendable {
    let database: any Database

    typealias Check = @Sendable (_ request: OperationRequest, _ reader: any SQLReader) throws -> Void

    /// By the operation's name. One more guard is one more line.
    static let checks: [String: Check] = [
        "alias.delete": aliasIsUnused, "flow.activate": mayStart, "flow.update": mayGoOn,
        "hook.create": hookFits, "hook.update": hookFits, "hook.delete": hookIsUnused,
        "scope.delete": scopeIsUnused, "user.delete": userIsUnused,
    ]

    /// The operations, each behind its check where it has one.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            guard let check = Self.checks[operation.name] else { return operation }
            return operation.running { [database] request in
                try await database.read { reader in try check(request, reader) }
                return try await operation.run(request)
            }
        }
    }

    @Sendable private static func aliasIsUnused(_ request: OperationRequest, _ reader: any SQLReader) throws {
        guard let alias = try Vault.alias(request.id, in: reader) else { return }
        if let hook = try Hooks.hook(comparedThrough: alias.name, in: reader) {
            throw HubError(
                .conflict, "alias_in_use",
                "Hook \(hook) reads its system's log through alias \(alias.name). "
                    + "Give it another first: linchpin hook update \(hook) --alias NAME")
        }
        guard let flow = try Flows.activeFlow(using: [alias.id, alias.name], in: reader) else { return }
        throw HubError(
            .conflict, "alias_in_use",
            "Alias \(alias.name) is used by the active flow \(flow). "
                + "Deactivate it first: linchpin flow deactivate \(flow)")
    }

    @Sendable private static func mayStart(_ request: OperationRequest, _ reader: any SQLReader) throws {
        let needs = try Flows.needs(ofFlow: request.id, in: reader)
        try requireNamed(needs, reader)
        for table in needs.tables { try mayWrite(table, of: needs, request.caller, reader) }
    }

    /// A new version of an active flow is in force at once. What it writes is looked at for an inactive one too: it may
    /// be activated between an activation's check and its act.
    @Sendable private static func mayGoOn(_ request: OperationRequest, _ reader: any SQLReader) throws {
        let source = request.text("source") ?? ""
        guard let (needs, isActive) = try Flows.needs(ofFlow: request.id, with: source, in: reader) else { return }
        if isActive { try requireNamed(needs, reader) }
        for table in needs.tables { try mayWrite(table, of: needs, request.caller, reader) }
    }

    private static func requireNamed(_ flow: FlowNeeds, _ reader: any SQLReader) throws {
        if let first = try absent(flow, reader).first { throw first }
    }

    /// What a flow names and is not on this hub: without it the flow may not start.
    static func absent(_ flow: FlowNeeds, _ reader: any SQLReader) throws -> [HubError] {
        var absent: [HubError] = []
        for alias in flow.aliases where try Vault.alias(alias.name, in: reader) == nil {
            absent.append(
                HubError(
                    .conflict, "unknown_alias",
                    "Flow \(flow.flow) uses the alias \(alias.name), which does not exist. "
                        + "Make it: linchpin alias create \(alias.name) --connection NAME"))
        }
        for role in flow.roles where try !Identity.hasRole(role.name, in: reader) {
            absent.append(
                missing(
                    "unknown_role", "asks the role", role, of: flow, "linchpin role create \(Shown.argument(role.name))"
                ))
        }
        for user in flow.users where try Identity.userID(user.name, in: reader) == nil {
            absent.append(
                missing(
                    "unknown_user", "asks the user", user, of: flow, "linchpin user create \(Shown.argument(user.name))"
                ))
        }
        if let hook = flow.hook, try Hooks.name(of: hook.name, in: reader) != hook.name {
            absent.append(
                missing(
                    "unknown_hook", "starts from the hook", hook, of: flow,
                    "linchpin hook create \(Shown.argument(hook.name)) --spoke NAME"))
        }
        for other in flow.flows where try !Flows.exists(other.name, in: reader) {
            absent.append(missing("unknown_flow", "starts the flow", other, of: flow, "linchpin flow create FILE"))
        }
        return absent
    }

    /// Where a flow that may start would fail all the same: tables that are not there, and actions that the connection
    /// behind their alias does not enable now.
    static func notReady(_ flow: FlowNeeds, _ reader: any SQLReader) throws -> [HubError] {
        var found: [HubError] = []
        if let table = flow.startedBy, try Records.rights(table, in: reader) == nil {
            found.append(
                HubError(
                    .conflict, "unknown_table",
                    "Flow \(flow.flow) starts with changes of the table \(Shown.name(table)), which does not exist. "
                        + "Make it: linchpin table create \(Shown.argument(table)) --column COLUMN"))
        }
        for table in flow.tables where try Records.rights(table.name, in: reader) == nil {
            found.append(
                missing(
                    "unknown_table", "changes records of the table", table, of: flow,
                    "linchpin table create \(Shown.argument(table.name)) --column COLUMN"))
        }
        for call in flow.calls where try Vault.alias(call.alias, in: reader) != nil {
            let connection = try Vault.connection(behindAlias: call.alias, in: reader)
            guard connection?.actions.contains(call.action.key) != true else { continue }
            let start = "Line \(call.step.line): step \(call.step.name) runs \(call.action.key)"
            let why =
                connection.map {
                    "which connection \($0.name) does not enable. "
                        + "Enable it: linchpin connection enable \(Shown.argument($0.name)) \(call.action.key)"
                } ?? "and alias \(call.alias) leads to no connection. "
                + "Switch it: linchpin alias activate \(call.alias) NAME"
            found.append(HubError(.conflict, "action_not_enabled", "\(start), \(why)"))
        }
        return found
    }

    private static func missing(
        _ reason: String, _ what: String, _ named: FlowNeeds.Named, of flow: FlowNeeds, _ next: String
    ) -> HubError {
        HubError(
            .conflict, reason,
            "Line \(named.line): flow \(flow.flow) \(what) \(Shown.name(named.name)), which does not exist. "
                + "Make it: \(next)")
    }

    /// A flow writes with the hub's own right, so whoever lets it start must have the right to write there.
    private static func mayWrite(
        _ table: FlowNeeds.Named, of flow: FlowNeeds, _ caller: Principal, _ reader: any SQLReader
    ) throws {
        let writers = try Records.rights(table.name, in: reader)?.write ?? []
        guard !caller.hasAny(writers + [AdminRole.admin.rawValue]) else { return }
        let roles = (writers + [AdminRole.admin.rawValue]).map { Shown.name($0) }.joined(separator: ", ")
        throw HubError(
            .forbidden, "table_write_needed",
            "Line \(table.line): flow \(flow.flow) changes records of \(Shown.name(table.name)), which you may not. "
                + "Let somebody with one of these roles do it: \(roles)")
    }

    /// A hook's log is read through an alias of the hook's own spoke.
    @Sendable private static func hookFits(_ request: OperationRequest, _ reader: any SQLReader) throws {
        guard let wanted = request.text("alias") else { return }
        guard let alias = try Vault.alias(wanted, in: reader), alias.name.isExactly(wanted) else {
            throw HubError(
                .invalid, "unknown_alias",
                "There is no alias of the name \(Shown.name(wanted)). "
                    + "Make it: linchpin alias create NAME --connection NAME")
        }
        guard let spoke = try request.text("spoke") ?? Hooks.spoke(of: request.id, in: reader), spoke != alias.spoke
        else { return }
        throw HubError(
            .invalid, "other_spoke",
            "Alias \(alias.name) is for spoke \(alias.spoke), the hook for \(Shown.name(spoke)). "
                + "Choose an alias of the hook's spoke.")
    }

    @Sendable private static func hookIsUnused(_ request: OperationRequest, _ reader: any SQLReader) throws {
        guard let hook = try Hooks.name(of: request.id, in: reader),
            let flow = try Flows.activeFlow(fromHook: hook, in: reader)
        else { return }
        throw HubError(
            .conflict, "hook_in_use",
            "The active flow \(flow) starts from hook \(hook). Deactivate it first: linchpin flow deactivate \(flow)")
    }

    @Sendable private static func scopeIsUnused(_ request: OperationRequest, _ reader: any SQLReader) throws {
        guard let scope = try Access.scopeName(request.id, in: reader),
            let client = try OAuthServer.clientName(holding: scope, in: reader)
        else { return }
        throw HubError(
            .conflict, "scope_in_use",
            "Auth scope \(Shown.name(scope)) is held by the client \(Shown.name(client)). Take it from the client first."
        )
    }

    @Sendable private static func userIsUnused(_ request: OperationRequest, _ reader: any SQLReader) throws {
        guard let user = try Identity.userID(request.id, in: reader),
            let client = try OAuthServer.clientName(actingAs: user, in: reader)
        else { return }
        throw HubError(
            .conflict, "user_in_use",
            "The client \(Shown.name(client)) acts as this user. "
                + "Give it another first: linchpin client update \(Shown.argument(client)) --user NAME")
    }
}
