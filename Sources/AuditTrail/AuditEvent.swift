public import Core

/// Something that happened: one change, sign-in, grant or administrative refusal, in a closed vocabulary.
///
/// There is no free text, so no secret can slip in: details are identifiers, names and codes under known keys.
public struct AuditEvent: Sendable, Equatable {
    /// What happened. One more kind of event is one more case.
    public enum Action: String, Sendable, CaseIterable {
        case configurationCreated = "configuration.created"
        case configurationUpdated = "configuration.updated"
        case configurationDeleted = "configuration.deleted"
        case recordCreated = "record.created"
        case recordUpdated = "record.updated"
        case recordDeleted = "record.deleted"
        case passwordSet = "user.password_set"
        case signedIn = "user.signed_in"
        case signInRefused = "user.sign_in_refused"
        case userLockedOut = "user.locked_out"
        case sessionEnded = "session.ended"
        case signInLinkMade = "user.sign_in_link_made"
        case signInBegun = "user.sign_in_begun"
        case provedAgain = "user.proved_again"
        case secondFactorSet = "user.second_factor_set"
        case secondFactorRemoved = "user.second_factor_removed"
        case recoveryCodesMade = "user.recovery_codes_made"
        case recoveryCodeUsed = "user.recovery_code_used"
        case roleGranted = "role.granted"
        case roleWithdrawn = "role.withdrawn"
        case secretAdded = "client.secret_added"
        case secretWithdrawn = "client.secret_withdrawn"
        case clientRegistered = "client.registered"
        case tokenIssued = "token.issued"
        case tokenRefused = "token.refused"
        case tokenRevoked = "token.revoked"
        case codeIssued = "code.issued"
        case signingKeyPublished = "signing_key.published"
        case signingKeyRemoved = "signing_key.removed"
        case consentGiven = "consent.given"
        case consentDenied = "consent.denied"
        case consentWithdrawn = "consent.withdrawn"
        case logoutNotTold = "client.logout_not_told"
        case credentialSealed = "credential.sealed"
        case credentialRests = "credential.rests"
        case credentialReleased = "credential.released"
        case credentialRotated = "credential.rotated"
        case consentAsked = "grant.consent_asked"
        case consentRefused = "grant.consent_refused"
        case grantStored = "grant.stored"
        case grantInDoubt = "grant.in_doubt"
        case grantMended = "grant.mended"
        case grantEnded = "grant.ended"
        case grantScopesChanged = "grant.scopes_changed"
        case tokenNotRefreshed = "grant.token_not_refreshed"
        case grantRevoked = "grant.revoked"
        case grantNotRevoked = "grant.not_revoked"
        case connectionActivated = "connection.activated"
        case connectionVerified = "connection.verified"
        case connectionDrifted = "connection.drifted"
        case setUpApplied = "connection.set_up_applied"
        case setUpBegun = "set_up.begun"
        case setUpEnded = "set_up.ended"
        case actionEnabled = "connection.action_enabled"
        case actionDisabled = "connection.action_disabled"
        case spokeActivated = "spoke.activated"
        case spokeDeactivated = "spoke.deactivated"
        case actionRefused = "action.refused"
        case operationRefused = "operation.refused"
        case flowActivated = "flow.activated"
        case flowDeactivated = "flow.deactivated"
        case executionRefused = "execution.refused"
        case executionStarted = "execution.started"
        case executionEnded = "execution.ended"
        case executionInDoubt = "execution.in_doubt"
        case doubtDecided = "execution.doubt_decided"
        case storeBackedUp = "store.backed_up"
        case storeRestored = "store.restored"
        case storeUpdated = "store.updated"
        case executionCancelAsked = "execution.cancel_asked"
        case approvalRequested = "approval.requested"
        case approvalDecided = "approval.decided"
        case approvalExpired = "approval.expired"
        case hookVerified = "hook.verified"
        case hookSecretMade = "hook.secret_made"
        case hookDeliveriesLost = "hook.deliveries_lost"
        case hookNotCompared = "hook.not_compared"
        case masterKeyCreated = "vault.master_key_created"
        case auditKeyCreated = "audit.key_created"
    }

    /// What a detail says. One more key is one more case.
    public enum Key: String, Sendable, CaseIterable {
        case history, table, record, scope, role, until, reason, grantType = "grant_type", client, user, alias
        case connection, credential, action, flow, version, execution, step, outcome, operation, fields
        case from, keyID = "key_id", session, backup, checkpoint, hook, event, plan, resources
        case detailTypes = "detail_types"
        /// `test` for a test run, which reaches no real connection and changes no record; `administrator_token` for
        /// a look or a set-up at a provider with a token that somebody gave for that run.
        case mode
    }

    /// What it happened to: a kind of thing, its id, and its name at that moment.
    public struct Target: Sendable, Equatable {
        /// The kind, such as `client`.
        public let kind: String
        /// The stable id.
        public let id: String
        /// The name at that moment.
        public let name: String

        /// Names a target.
        public init(_ kind: String, id: String, name: String) {
            self.kind = kind
            self.id = id
            self.name = name
        }
    }

    /// What happened.
    public let action: Action
    /// What it happened to.
    public let target: Target
    /// Who did it, when, under which correlation id.
    public let cause: Cause
    /// Identifiers, names and codes.
    public let details: [Key: String]

    /// States that something happened.
    public init(_ action: Action, on target: Target, by cause: Cause, _ details: [Key: String] = [:]) {
        self.action = action
        self.target = target
        self.cause = cause
        self.details = details
    }
}

extension AuditEvent {
    /// The event as JSON, members in the byte order of their names: equal events give equal text.
    public var json: JSON {
        let members = details.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { JSONObject.Member(name: $0.key.rawValue, value: .string($0.value)) }
        return [
            "action": .string(action.rawValue),
            "actor": [
                "id": .string(cause.actor.id), "kind": .string(cause.actor.kind.rawValue),
                "name": .string(cause.actor.name),
            ],
            "at": .string(cause.now.rfc3339),
            "correlation": .string(cause.correlation.text),
            "details": .object(JSONObject(unique: members)),
            "target": ["id": .string(target.id), "kind": .string(target.kind), "name": .string(target.name)],
        ]
    }
}
