import AuditTrail
import Core
import Ports
import Spokes
import Storage
import Vault

/// Sets the least grant of a connection up at the provider: a plan first, then that very plan.
///
/// The administrator's token lives as long as the call. The client's secret goes from the provider's answer into the
/// vault and is shown to nobody.
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
            .optional(
                "account", .text(most: Limits.nameField.value),
                "The account at the provider that is to consent; the credential's expected owner if left out."),
            .optional(
                "seal_as", .text(most: Limits.nameField.value),
                "The credential under which the app's id and secret are sealed here; a new one, or one without a token."
            ),
            ConnectionGrant.trustImpliedScopes,
        ] + ConnectionResources.fields
    ) { _ in .null }

    var operation: Operation { Self.declaration.running { try await run($0) } }

    private func run(_ request: OperationRequest) async throws -> JSON {
        guard let administrator = request.secrets["administrator_token"] else {
            throw HubError(.internal, "field_undeclared", "Internal error.", detail: "administrator_token")
        }
        let intent = try await intent(request)
        let connection = try await parts.vault.resolve(connection: intent.connection.id)
        // The token goes where the plan says: the two are read apart.
        guard connection.url == intent.connection.url, connection.spoke == intent.connection.spoke else {
            throw Self.planChanged
        }
        let plan = try await parts.spokes.planSetUp(
            intent.wish, of: connection, administrator: administrator, request.cause)
        if plan.seals, intent.named?.isFree == false { throw SealingDesk.taken(intent) }
        let digest = plan.digest(beside: intent.json)
        guard let wanted = request.text("plan") else {
            return .object(preview(plan, digest, intent))
        }
        guard wanted == digest else { throw Self.planChanged }
        guard !plan.isBlocked else {
            throw HubError(
                .conflict, "set_up_blocked",
                "Something of the same name at the provider is another thing. Rename it there, then look at the plan "
                    + "again.")
        }
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
                plan, intent.wish, of: connection, administrator: administrator, request.cause, until: until
            ) { secret, client in
                try await sealing.seal(secret, client: client, intent)
            }
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
            "account": .string(intent.wish.account), "applied": true,
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
        "The provider or the connection changed since the preview, so nothing was done. Look at the plan again.")

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
        guard outcomes.contains(where: { $0.step.key == SetUpPlan.sealing && $0.state == .done }) else {
            return "Prove it: linchpin connection verify \(intent.connection.name)"
        }
        let consent = "the first token as \(intent.wish.account): linchpin credential authorize \(intent.sealAs). "
        guard !intent.isInUse else {
            return "Get \(consent)Then prove it: linchpin connection verify \(intent.connection.name)"
        }
        // Before the consent, so that the token's requests go the connection's way.
        return "Let the connection use it: linchpin connection add-credential \(intent.connection.name) "
            + "\(intent.sealAs). Then get \(consent)"
            + "Then prove it: linchpin connection verify \(intent.connection.name)"
    }

    private func preview(_ plan: SetUpPlan, _ digest: String, _ intent: Intent) -> JSONObject {
        [
            "connection": .string(intent.connection.name), "url": .string(intent.connection.url),
            "account": .string(intent.wish.account), "applied": false,
            "complete": .bool(plan.changes == 0 && !plan.isBlocked),
            "plan": plan.isBlocked ? .null : .string(digest), "steps": .array(plan.steps.map(\.json)),
            "changes": .int(Int64(plan.changes)), "seal_as": .string(intent.sealAs),
        ]
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
        let wish: SetUpWish
        let sealAs: String
        /// The client of the credential of that name; nil when there is none.
        let named: NamedClient?
        /// Whether the connection uses that credential already.
        let isInUse: Bool
        let scopes: [String]

        /// What a plan stands and falls with, beside what is at the provider.
        var json: JSON {
            [
                "connection": .string(connection.id), "spoke": .string(connection.spoke),
                "url": .string(connection.url), "account": .string(wish.account), "seal_as": .string(sealAs),
                "actions": .array(connection.actions.map { .string($0) }),
                "resources": .array(wish.resources.map { .string($0) }),
            ]
        }
    }

    private func intent(_ request: OperationRequest) async throws -> Intent {
        let (vault, spokes, redirect) = (parts.vault, parts.spokes, parts.custodian.redirectURI)
        let trusts = request.bool("trust_implied_scopes") ?? true
        return try await parts.database.read { reader in
            let connection = try Vault.facts(ofConnection: request.id, in: reader)
            let credentials = try vault.credentialFacts(ofConnection: connection.id, at: request.cause.now, in: reader)
            guard let account = request.text("account") ?? credentials.compactMap({ $0.oauth?.expectedOwner }).first
            else {
                throw HubError(
                    .invalid, "account_needed",
                    "Which account at the provider is to consent? Name it in \"account\".")
            }
            let unused = credentials.first { $0.oauth?.state == "none" }?.name
            let sealAs = request.text("seal_as") ?? unused ?? "\(connection.name)-app"
            let named = try vault.client(ofCredential: sealAs, in: reader)
            let resources = try ConnectionResources.chosen(request, connection, spokes, in: reader)
            let grant = try spokes.grant(
                spoke: connection.spoke, actions: Set(connection.actions), called: connection.name,
                url: connection.url, redirect: "", account: nil, trustsImpliedScopes: trusts, resources: resources)
            return Intent(
                connection: connection,
                wish: SetUpWish(
                    actions: Set(connection.actions), resources: resources, name: connection.name,
                    redirect: redirect, account: account, trustsImpliedScopes: trusts,
                    sealed: Set(credentials.compactMap { $0.oauth?.clientID } + [named?.clientID].compactMap(\.self))),
                sealAs: sealAs, named: named, isInUse: credentials.contains { $0.name == sealAs },
                scopes: (grant["scopes"]?.array ?? []).compactMap { $0["name"]?.string })
        }
    }
}

/// Seals the secret of a client that a set-up made, by the operations on credentials: with their checks and events.
struct SealingDesk: Sendable {
    let parts: Parts
    let caller: Principal
    let cause: Cause

    private func operation(_ name: String) throws -> Operation {
        guard let operation = parts.vault.operations.first(where: { $0.name == name }) else {
            throw HubError(.internal, "no_operation", "Internal error.", detail: name)
        }
        return operation
    }

    /// Throws `credential_admin_needed` before anything is done.
    func requireRight() throws {
        guard try caller.hasAny(operation("credential.create").roles.map(\.rawValue)) else {
            throw HubError(
                .forbidden, "credential_admin_needed",
                "This plan seals a client's secret here, which takes the role credential_admin. Let somebody apply it who "
                    + "has both roles.")
        }
    }

    static func taken(_ intent: ConnectionApply.Intent) -> HubError {
        HubError(
            .conflict, "credential_taken",
            "Credential \(intent.sealAs) is in use for something else. Name another one in \"seal_as\".")
    }

    func seal(_ secret: Secret, client: String, _ intent: ConnectionApply.Intent) async throws {
        // Asked for at this moment too: the plan's answer may be minutes old.
        try requireRight()
        let named = try await parts.database.read { [vault = parts.vault] reader in
            try vault.client(ofCredential: intent.sealAs, in: reader)
        }
        guard named == intent.named, named?.isFree != false else { throw Self.taken(intent) }
        let isNew = intent.named == nil
        var settings: JSONObject = [
            "client_id": .string(client), "spoke": .string(intent.connection.spoke),
            "url": .string(intent.connection.url), "scopes": .array(intent.scopes.map { .string($0) }),
            "expected_owner": .string(intent.wish.account),
        ]
        if intent.connection.url.hasPrefix("http:") { settings["allow_loopback_http"] = true }
        var input: JSONObject = ["settings": .object(settings)]
        if isNew {
            input["name"] = .string(intent.sealAs)
            input["kind"] = "oauth"
        }
        let operation = try operation(isNew ? "credential.create" : "credential.update")
        _ = try await operation.run(
            OperationRequest(
                id: isNew ? "" : intent.sealAs, input: input, secrets: ["secret": secret], caller: caller,
                cause: cause))
    }
}
