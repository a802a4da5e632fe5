import Core
import Ports

/// Decides whether a call may leave, before a byte is sent and before the secret is revealed. Pure.
enum Gate {
    /// Why a call is refused.
    struct Refusal: Error, Equatable {
        let check: GateCheck
        let reason: String
        let says: String
        /// The connection's name; empty while it is not known.
        var connection = ""

        var outcome: ActionOutcome { .refused(reason: reason, says: says) }
    }

    /// What passed.
    struct Pass: Sendable {
        let connection: ResolvedConnection
        let request: RequestTemplate.Filled
        let keys: Keyring
    }

    static func decide(
        _ call: ActionCall, _ spoke: Spoke, _ action: Action, _ connection: ResolvedConnection
    ) -> Result<Pass, Refusal> {
        func refuse(_ check: GateCheck, _ reason: String, _ says: String) -> Result<Pass, Refusal> {
            .failure(Refusal(check: check, reason: reason, says: says, connection: connection.name))
        }
        guard connection.spoke == spoke.name else {
            return refuse(
                .connection, "spoke_mismatch",
                "connection \(connection.name) is for spoke \(connection.spoke), not \(spoke.name). "
                    + "Point alias \"\(Shown.name(call.alias))\" at a connection for \(spoke.name).")
        }
        guard connection.actions.contains(action.key) else {
            return refuse(
                .enabled, "action_not_enabled",
                "connection \(connection.name) does not enable \"\(action.name)\". "
                    + "Enable it: linchpin connection enable \(connection.name) \(action.key), or remove the step.")
        }
        guard let keys = keys(spoke, connection) else {
            let kinds = Set(spoke.authentication.map(\.credentialKind)).sorted().joined(separator: ", ")
            let used = Set(connection.credentials.map(\.kind)).sorted().joined(separator: ", ")
            return refuse(
                .credential, "credential_kind_refused",
                "connection \(connection.name) uses a credential of kind \"\(used)\", and spoke "
                    + "\(spoke.name) takes: \(kinds). Give it one: linchpin connection update \(connection.name).")
        }
        let holding = keys.all.filter { missingScopes($0.credential, action, of: spoke).isEmpty }
        guard let first = holding.first else {
            let missing = missingScopes(keys.current.credential, action, of: spoke)
            return refuse(.scope, scopeMissing, lacking(missing, keys.current.credential, action))
        }
        if let problem = action.input.problem(with: call.input) {
            return refuse(.input, "input_invalid", "\"\(action.name)\" \(problem) Correct the step.")
        }
        if let problem = action.kind.problem(with: call.input) {
            return refuse(.input, "input_invalid", "\"\(action.name)\" \(problem) Correct the step.")
        }
        guard let request = action.request.filled(call.input) else {
            return refuse(
                .input, "input_invalid",
                "\"\(action.name)\" can't take these inputs: one holds characters that don't fit its place in the "
                    + "request. Correct the step.")
        }
        if let (reason, says) = unapproved(call, action, connection) {
            return refuse(.approval, reason, "\"\(action.name)\" \(says)")
        }
        return .success(
            Pass(connection: connection, request: request, keys: Keyring(first, Array(holding.dropFirst()))))
    }

    /// Why a call is not what a second person approved, or lacks such an approval; nil when it does not.
    private static func unapproved(
        _ call: ActionCall, _ action: Action, _ connection: ResolvedConnection
    ) -> (reason: String, says: String)? {
        // Whoever approved saw where the call goes, also where nobody had to approve.
        if let shown = call.approval?.target, !shown.isSamePlace(as: connection.target) {
            return (
                "approval_stale",
                "was approved for connection \(shown.name) at \(shown.url), and alias \"\(Shown.name(call.alias))\" "
                    + "leads elsewhere by now. Re-run the execution: it asks anew."
            )
        }
        guard connection.needsApproval, action.destructive != .no, let (reason, says) = lacking(call) else {
            return nil
        }
        return (
            reason,
            "takes something away, and connection \(connection.name) lets it pass only when a second person approved "
                + "this call. \(says)"
        )
    }

    /// What lacks to a second person's approval of a call; nil when nothing does.
    private static func lacking(_ call: ActionCall) -> (reason: String, says: String)? {
        guard let approval = call.approval else {
            return (
                "approval_required",
                "None was made for it. Run it in a flow, behind an approval step that names it under \"approves\"."
            )
        }
        if let defect = approval.defect { return defect }
        guard call.cause.now < approval.until else {
            return (
                "approval_stale",
                "The approval counted until \(approval.until.rfc3339). Re-run the execution: it asks anew."
            )
        }
        guard approval.target != nil else {
            return (
                "approval_stale",
                "When it was asked, nobody could be shown where the call would go. Re-run the execution: it asks anew."
            )
        }
        return nil
    }

    static let scopeMissing = "scope_missing"

    /// The scopes that an action needs and a token does not hold; none for what is no token.
    static func missingScopes(_ credential: ResolvedCredential, _ action: Action, of spoke: Spoke) -> [String] {
        guard let held = credential.token?.scopes else { return [] }
        let reached = spoke.implied(by: Set(held))
        return action.scopes.filter { !reached.contains($0) }
    }

    /// The sentence about scopes that a token does not hold, with the next step.
    static func lacking(_ missing: [String], _ credential: ResolvedCredential, _ action: Action) -> String {
        "\"\(action.name)\" needs the scope \(missing.joined(separator: ", ")), which credential "
            + "\(credential.name) does not hold. Add it to the credential's scopes, grant it at the provider, and "
            + "consent anew: linchpin credential authorize \(credential.name). Or remove the step."
    }

    /// The credentials that the spoke can use, in their order; nil when there is none.
    private static func keys(_ spoke: Spoke, _ connection: ResolvedConnection) -> Keyring? {
        let keys = connection.credentials.compactMap { credential in
            spoke.authentication.first { $0.credentialKind == credential.kind }
                .map { Keyring.Key(credential: credential, way: $0) }
        }
        return keys.first.map { Keyring($0, Array(keys.dropFirst())) }
    }

    static func inactive(_ spoke: Spoke) -> Refusal {
        Refusal(
            check: .spoke, reason: "spoke_inactive",
            says: "spoke \(spoke.name) is not activated, so its actions do not exist here. "
                + "Activate it: linchpin spoke activate \(spoke.name).")
    }

    static func unknown(_ name: ActionName) -> Refusal {
        Refusal(
            check: .action, reason: "unknown_action",
            says: "there is no action \"\(Shown.name(name.description))\". "
                + "`linchpin spoke list` shows the spokes; correct the step.")
    }
}
