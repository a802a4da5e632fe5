import AuditTrail
import Core

/// One thing that decisions rest on. A change of it makes hubs forget what they remember of it.
public enum EpochSubject: Hashable, Sendable {
    /// One row: a kind of `rows` and its stable id.
    case row(String, id: String)
    /// Anything: what cannot be told apart, or reaches far (a role, a scope, a table's rights).
    case everything

    /// The kinds of which only what rests on the one row is forgotten.
    static let rows: Set<String> = ["client", "user", "alias", "connection", "credential"]

    /// One token, by its hash.
    public static func token(_ hash: [UInt8]) -> Self { .row("token", id: Hex.encode(hash)) }

    /// Kinds of configuration that nothing remembered rests on. A new kind counts until it stands here.
    public static let unrelatedKinds: Set<String> = ["flow", "hook", "registration-token"]

    /// Events that change nothing that is remembered. A new action counts until it stands here.
    static let unrelatedActions: Set<AuditEvent.Action> = [
        .recordCreated, .recordUpdated, .recordDeleted,
        // A lock after wrong passwords keeps out passwords only. Sessions are read each time, never remembered.
        .signedIn, .signInRefused, .userLockedOut, .signInLinkMade, .sessionEnded,
        // A second factor opens sessions, and what a session may is read each time.
        .signInBegun, .provedAgain, .secondFactorSet, .secondFactorRemoved, .recoveryCodesMade, .recoveryCodeUsed,
        // Nothing rests on a token before it is issued.
        .clientRegistered, .tokenIssued, .tokenRefused, .codeIssued, .consentGiven, .consentDenied, .logoutNotTold,
        // The row of a grant says for itself when it changes.
        .consentAsked, .consentRefused, .grantInDoubt, .grantMended, .grantEnded, .grantScopesChanged,
        .tokenNotRefreshed,
        .connectionVerified, .connectionDrifted, .setUpApplied, .setUpBegun, .setUpEnded,
        .actionRefused, .operationRefused,
        .flowActivated, .flowDeactivated, .executionRefused, .executionStarted, .executionEnded, .executionInDoubt,
        .doubtDecided, .hookVerified, .hookSecretMade, .hookDeliveriesLost, .hookNotCompared,
        .masterKeyCreated, .auditKeyCreated, .storeBackedUp,
    ]

    /// What an event changes; nil when no decision rests on it.
    init?(_ event: AuditEvent) {
        let kind = event.target.kind
        if Self.unrelatedActions.contains(event.action) || Self.unrelatedKinds.contains(kind) { return nil }
        self = Self.rows.contains(kind) ? .row(kind, id: event.target.id) : .everything
    }

    /// Reads the stored text; what it does not know is everything.
    init(text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        self = parts.count == 2 ? .row(String(parts[0]), id: String(parts[1])) : .everything
    }

    /// As it is stored.
    var text: String {
        switch self {
        case .row(let kind, let id): "\(kind)/\(id)"
        case .everything: "*"
        }
    }
}
