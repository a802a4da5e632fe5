import AuditTrail
import Core
import Ports
import Spokes
import Storage
import Vault

/// Sets the least grant of a connection up at the provider: a plan first, then that very plan.
///
/// The administrator's token lives as long as the call. The client's secret goes from the provider's answer into the
/// vault and is shown to nobody; a client's key is made here, and only its public half leaves.
struct ConnectionApply: Sendable {
    let parts: Parts

    static let declaration = Operation(
        "connection", .act("apply"), roles: [.connectionAdmin],
        says:
            "Sets the least grant up at the provider: without \"plan\" it shows what would be made and changed there.",
        fields: [
            .required(
                "administrator_token", .secret(most: Limits.credentialBytes.value),
                "A token of an administrator of the provider, for this run only; an access token begins with \"Bearer \"."
            ),
            .optional(
                "plan", .text(most: 64), "The plan to carry out, as its preview named it; refused if anything changed."),
            ConnectionGrant.template,
            .optional(
                "account", .text(most: Limits.nameField.value),
                "The account at the provider that is to consent; the credential's expected owner if left out."),
            .optional(
                "seal_as", .text(most: Limits.nameField.value),
                "The credential under which the app's id, with its secret or key, is sealed here; a new one, or one "
                    + "without a token."),
            ConnectionGrant.trustImpliedScopes,
        ] + ConnectionResources.fields
    ) { _ in .null }

    var operation: Operation { Self.declaration.running { try await run($0) } }

    private func run(_ request: OperationRequest) async throws -> JSON {
        guard let administrator = request.secrets["administrator_token"] else {
            throw HubError(.internal, "field_undeclared", "Internal error.", detail: "administrator_token")
        }
        let wanted = try request.text("plan").map { try Self.whole($0) }
        let intent = try await intent(request)
        let connection = try await parts.vault.resolve(connection: intent.connection.id)
        // The token goes where the plan says: the two are read apart.
        guard connection.url == intent.connection.url, connection.spoke == intent.connection.spoke else {
            throw Self.planChanged
        }
        let plan = try await parts.spokes.planSetUp(
            intent.wish, of: connection, administrator: administrator, request.cause)
        if plan.seals, !intent.maySeal(intent.named) { throw SealingDesk.taken(intent) }
        let digest = plan.digest(beside: intent.json)
        guard let wanted else { return .object(preview(plan, digest, intent)) }
        guard wanted == digest else { throw Self.planChanged }
        guard !plan.isBlocked else { throw HubError(.conflict, "set_up_blocked", Self.wayOut(plan, intent)) }
        let sealing = SealingDesk(parts: parts, caller: request.caller, cause: request.cause)
        if plan.seals { try sealing.requireRight() }
        return try await apply(plan, digest, intent, connection, administrator, sealing, request)
    }

    private func apply(
        _ plan: SetUpPlan, _ digest: String, _ intent: Intent, _ connection: ResolvedConnection,
        _ administrator: Secret, _ sealing: SealingDesk, _ request: OperationRequest
    ) async throws -> JSON {
        // Kept before anything happens outside: whatever becomes of this hub, who began what stands in the trail.
        let hold = try await parts.database.write(.change) { writer in
            let hold = try Lease.acquire(
                "set-up:\(intent.connection.id)", holder: request.cause.correlation.text, at: request.cause.now,
                seconds: Limits.applyLeaseSeconds.value, in: writer)
            guard let hold else { throw Self.running(intent) }
            try Vault.setResources(
                intent.wish.resources, ofConnection: intent.connection.id, in: writer, by: request.cause)
            try writer.record(Self.event(intent, digest, request.cause, [.outcome: "begun"]))
            return hold
        }
        // A request that is begun ends before the lease does.
        let until = request.cause.now.adding(seconds: Int64(Limits.applyLeaseSeconds.value))
            .adding(milliseconds: -2 * Int64(Limits.outboundMilliseconds.value))
        let outcomes: [SetUpOutcome]
        do {
            outcomes = try await parts.spokes.applySetUp(
                plan, intent.wish, of: connection, administrator: administrator, request.cause, until: until,
                keeper: sealing.keeper(of: intent, plan.credential))
        } catch {
            var details: [AuditEvent.Key: String] = [.outcome: "incomplete"]
            details[.reason] = (error as? HubError)?.reason
            try await end(hold, Self.event(intent, digest, request.cause, details))
            throw error
        }
        let failed = outcomes.first { $0.state == .failed }
        var details: [AuditEvent.Key: String] = [
            .outcome: failed == nil ? "complete" : "incomplete",
            .fields: outcomes.filter { $0.state == .done }.map(\.step.key).joined(separator: ","),
        ]
        details[.step] = failed?.step.key
        details[.reason] = failed?.reason
        try await end(hold, Self.event(intent, digest, request.cause, details))
        return [
            "connection": .string(intent.connection.name), "url": .string(intent.connection.url),
            "template": .string(intent.template), "account": intent.account, "applied": true,
            "complete": .bool(failed == nil), "plan": .string(digest),
            "steps": .array(outcomes.map(\.json)),
            "changes": .int(Int64(outcomes.count { $0.state == .done })),
            "seal_as": .string(intent.sealAs), "next": .string(next(failed, outcomes, intent)),
        ]
    }

    /// Gives the lease back and records how it ended, even where whoever asked has gone.
    private func end(_ hold: Lease.Hold, _ event: AuditEvent) async throws {
        let ending = Task<Void, any Error> { [parts] in
            try await parts.database.write(.change) { writer in
                try Lease.release(hold, in: writer)
                try writer.record(event)
            }
        }
        try await ending.value
    }

    private static let planChanged = HubError(
        .conflict, "plan_changed",
        "The provider or the connection changed since the preview, so nothing was done. Look at the plan again: the same "
            + "command without the plan.")

    /// A plan's id as it must be handed in: never a part of it.
    private static func whole(_ plan: String) throws -> String {
        guard plan.utf8.count == 64, plan.utf8.allSatisfy({ Hex.digit($0) != nil }) else {
            throw HubError(
                .invalid, "no_such_plan",
                "\"\(Shown.name(plan))\" is no plan: one is named by 64 hexadecimal digits. Give them all, as the preview "
                    + "printed them.")
        }
        return plan
    }

    private static func running(_ intent: Intent) -> HubError {
        HubError(
            .conflict, "set_up_running",
            "A set-up of connection \(intent.connection.name) is being applied. Look at the plan again when it is done, or "
                + "in \(Limits.applyLeaseSeconds.value / 60) minutes if its hub died.")
    }

    private func next(_ failed: SetUpOutcome?, _ outcomes: [SetUpOutcome], _ intent: Intent) -> String {
        if failed != nil {
            return "What is done stays. Mend the cause, look at the plan again and apply it: it goes on from there."
        }
        let name = intent.connection.name
        let prove = "Prove it: linchpin connection verify \(name)"
        let isSealed = outcomes.contains { $0.step.key == SetUpPlan.sealing && $0.state == .done }
        guard isSealed || intent.named != nil else { return prove }
        var steps: [String] = []
        if !intent.isInUse {
            // Before the consent, so that the token's requests go the connection's way.
            steps.append("Let the connection use it: linchpin connection add-credential \(name) \(intent.sealAs).")
        }
        if let account = intent.wish.account, isSealed || intent.named?.isFree == true {
            steps.append("Get the first token as \(account): linchpin credential authorize \(intent.sealAs).")
        }
        // What is left beside it is as good as before: calls would go by either.
        for other in intent.others {
            steps.append("Take \(other) out: linchpin connection remove-credential \(name) \(other).")
        }
        return (steps + [prove]).joined(separator: " ")
    }

    private func preview(_ plan: SetUpPlan, _ digest: String, _ intent: Intent) -> JSONObject {
        [
            "connection": .string(intent.connection.name), "url": .string(intent.connection.url),
            "template": .string(intent.template), "account": intent.account, "applied": false,
            "complete": .bool(plan.changes == 0 && !plan.isBlocked),
            "plan": plan.isBlocked ? .null : .string(digest), "steps": .array(plan.steps.map(\.json)),
            "changes": .int(Int64(plan.changes)), "seal_as": .string(intent.sealAs),
            "next": plan.isBlocked ? .string(Self.wayOut(plan, intent)) : .null,
        ]
    }

    /// What to do about something that is in the way.
    private static func wayOut(_ plan: SetUpPlan, _ intent: Intent) -> String {
        guard plan.steps.contains(where: { $0.problem != nil }) else {
            return
                "Something of the same name at the provider is another thing. Rename it there, then look at the plan "
                + "again."
        }
        return
            "Make another connection for the \(intent.template), with a name of its own, and leave this one as it is."
    }

    private static func event(
        _ intent: Intent, _ digest: String, _ cause: Cause, _ more: [AuditEvent.Key: String]
    ) -> AuditEvent {
        var details: [AuditEvent.Key: String] = [.mode: "administrator_token", .plan: digest]
        details.merge(more) { _, new in new }
        return AuditEvent(
            .setUpApplied, on: .init("connection", id: intent.connection.id, name: intent.connection.name), by: cause,
            details)
    }
}

extension ConnectionApply {
    /// What is to be set up, from the request and the store.
    struct Intent: Sendable {
        let connection: ConnectionFacts
        let template: String
        let wish: SetUpWish
        let sealAs: String
        /// The client of the credential of that name; nil when there is none.
        let named: NamedClient?
        /// Whether the connection uses that credential already.
        let isInUse: Bool
        /// The connection's other credentials by which calls could go, by name.
        let others: [String]
        let scopes: [String]

        var account: JSON { wish.account.map { .string($0) } ?? .null }

        /// Whether a client may be sealed under that credential: a new one, or one without a token. A key that is sealed
        /// already is for a client that acts for itself.
        func maySeal(_ named: NamedClient?) -> Bool {
            guard let named else { return true }
            return named.isFree && (wish.account == nil || named.publicKey == nil)
        }

        /// What a plan stands and falls with, beside what is at the provider.
        var json: JSON {
            [
                "connection": .string(connection.id), "spoke": .string(connection.spoke),
                "url": .string(connection.url), "template": .string(template), "account": account,
                "seal_as": .string(sealAs), "actions": .texts(connection.actions), "resources": .texts(wish.resources),
            ]
        }
    }

    private func intent(_ request: OperationRequest) async throws -> Intent {
        let (vault, spokes, redirect) = (parts.vault, parts.spokes, parts.custodian.redirectURI)
        let trusts = request.bool("trust_implied_scopes") ?? true
        return try await parts.database.read { reader in
            let connection = try Vault.facts(ofConnection: request.id, in: reader)
            let credentials = try vault.credentialFacts(ofConnection: connection.id, at: request.cause.now, in: reader)
            let template = try spokes.template(
                request.text("template"), of: connection.spoke, actsForItself: credentials.actForThemselves)
            try spokes.requireApplying(template, of: connection.spoke, for: connection.name)
            let consents = Spokes.needsAccount(template)
            let account = try Self.account(request, credentials, consents: consents)
            let known = credentials.first { credential in
                guard let oauth = credential.oauth, oauth.needsConsent == consents else { return false }
                return !consents || oauth.state == "none"
            }
            let unused = credentials.first { $0.oauth?.state == "none" }
            let sealAs = request.text("seal_as") ?? (known ?? unused)?.name ?? "\(connection.name)-app"
            let named = try vault.client(ofCredential: sealAs, in: reader)
            let resources = try ConnectionResources.chosen(request, connection, spokes, in: reader)
            let grant = try spokes.grant(
                spoke: connection.spoke, actions: Set(connection.actions), called: connection.name,
                url: connection.url, template: template, redirect: "", account: nil, trustsImpliedScopes: trusts,
                resources: resources)
            // A client of the other kind is none of this one.
            let foreign = credentials.compactMap(\.oauth).filter { $0.needsConsent != consents }
            let sealed = credentials.compactMap { $0.oauth?.clientID } + [named?.clientID].compactMap(\.self)
            return Intent(
                connection: connection, template: template,
                wish: SetUpWish(
                    actions: Set(connection.actions), resources: resources, name: connection.name, template: template,
                    redirect: redirect, account: account, trustsImpliedScopes: trusts,
                    sealed: Set(sealed).subtracting([SealingDesk.notMade]), foreign: Set(foreign.map(\.clientID)),
                    publicKey: named?.publicKey),
                sealAs: sealAs, named: named, isInUse: credentials.contains { $0.name == sealAs },
                others: credentials.filter { $0.name != sealAs && $0.isKey }.map(\.name),
                scopes: (grant["scopes"]?.array ?? []).compactMap { $0["name"]?.string })
        }
    }

    /// The account that is to consent; nil where none does.
    private static func account(
        _ request: OperationRequest, _ credentials: [CredentialFacts], consents: Bool
    ) throws -> String? {
        guard consents else {
            guard request.text("account") == nil else {
                throw HubError(
                    .invalid, "account_not_needed",
                    "A service app acts for itself, and no account consents. Leave \"account\" out, or make a web-app.")
            }
            return nil
        }
        guard let account = request.text("account") ?? credentials.expectedOwner else {
            throw HubError(
                .invalid, "account_needed", "Which account at the provider is to consent? Name it in \"account\".")
        }
        return account
    }
}
