import Core
import Ports
import Spokes
import Storage
import Synchronization
import TestSupport

/// Answers from a script, in order, and keeps what was sent.
final class FakeOutside: OutboundCalling {
    private let state: Mutex<(script: [Result<OutboundReply, OutboundFailure>], sent: [OutboundRequest])>

    init(_ script: [Result<OutboundReply, OutboundFailure>]) { state = Mutex((script, [])) }

    var sent: [OutboundRequest] { state.withLock { $0.sent } }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        let next = state.withLock { state in
            state.sent.append(request)
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        switch next {
        case .success(let reply): return reply
        case .failure(let failure): throw failure
        case nil: throw .notSent(reason: "script_ended", says: "the script has ended")
        }
    }
}

final class FakeLog: TransactionLogging {
    private let state = Mutex<[Transaction]>([])
    var rows: [Transaction] { state.withLock { $0 } }
    func log(_ transaction: Transaction) { state.withLock { $0.append(transaction) } }
}

struct FakeCredentials: CredentialSource {
    var actions: Set<String> = [
        "lookup_user", "clear_user_session", "user_groups_stream", "remove_user_from_group", "suspend_user",
        "create_user", "update_user_profile", "activate_user", "users_stream", "is_user_locked",
    ]
    var spoke = "okta"
    var kind = "api_key"
    /// The secrets in the order in which they are tried; their credentials are `okta-key`, `okta-key-2` and so on.
    var secrets = [canary]
    var url = "https://acme.example:8443"
    /// The names of the credentials whose refusal was noted.
    let refusals = Notes()
    var forgets = false
    var needsApproval = false
    var callsPerMinute: Int64?
    /// What their tokens hold; nil for what are no tokens.
    var scopes: Set<String>?

    init(
        actions: Set<String>? = nil, spoke: String = "okta", kind: String = "api_key", secrets: [String] = [canary],
        forgets: Bool = false, scopes: Set<String>? = nil, needsApproval: Bool = false, callsPerMinute: Int64? = nil
    ) {
        self.callsPerMinute = callsPerMinute
        self.needsApproval = needsApproval
        self.scopes = scopes
        if let actions { self.actions = actions }
        self.spoke = spoke
        self.kind = kind
        self.secrets = secrets
        self.forgets = forgets
    }

    func resolve(alias: String) async throws -> ResolvedConnection {
        guard alias == "okta" else {
            throw HubError(.notFound, "alias_unknown", "there is no alias of that name. Create it first.")
        }
        return ResolvedConnection(
            id: ConnectionID("1"), name: "okta-prod", spoke: spoke, url: url, actions: actions,
            allowsLoopbackHTTP: false, needsApproval: needsApproval, callsPerMinute: callsPerMinute,
            credentials: secrets.enumerated().map { index, secret in
                ResolvedCredential(
                    id: CredentialID("\(index + 2)"), name: index == 0 ? "okta-key" : "okta-key-\(index + 1)",
                    kind: kind, secret: Secret(secret), token: scopes.map { OutsideToken(scopes: $0) })
            }, passage: .plain)
    }

    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws {
        if forgets { throw HubError(.unavailable, "busy", "The store is busy. Try again.") }
        refusals.add(credential.name)
    }
}

/// Texts that a fake takes note of.
final class Notes: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    func add(_ text: String) { state.withLock { $0.append(text) } }
}

let canary = "00CanarySecretThatMustNeverShow0123456789"

/// Everything that one call leaves behind.
struct Run {
    var outcome: ActionOutcome
    var sent: [OutboundRequest]
    var log: [Transaction]
    var audit: [String]

    /// All texts in which a secret could hide.
    var texts: String { "\(outcome) \(log) \(audit)" }
}

func reply(_ status: Int, _ body: String = "", _ headers: [(name: String, value: String)] = [])
    -> Result<OutboundReply, OutboundFailure>
{
    .success(OutboundReply(status: status, headers: headers, body: Array(body.utf8)))
}

func call(
    _ action: String, _ input: JSONObject, most: Int? = nil, alias: String = "okta", turn: Int = 1,
    approval: Approval? = nil, _ effects: TestEffects
) -> ActionCall {
    let parts = action.split(separator: ".")
    return ActionCall(
        action: ActionName(spoke: String(parts[0]), key: String(parts[1])), alias: alias, input: input, most: most,
        execution: "e1/step", cause: effects.cause(), turn: turn, approval: approval)
}

/// Runs with a store in which these spokes are activated.
func withSpokes<R>(
    _ store: TestStore = .sqlite, active: [String] = ["okta"], credentials: any CredentialSource = FakeCredentials(),
    operatorFiles: [(name: String, bytes: [UInt8])] = [], outside: any OutboundCalling, log: FakeLog = FakeLog(),
    journal: (any StepJournal)? = nil, effects: TestEffects = TestEffects(), circuits: CircuitBoard = CircuitBoard(),
    _ body: (Spokes, any Database) async throws -> R
) async throws -> R {
    try await store.with(Spokes.migrations) { database in
        try await database.write(.bookkeeping("a test's spokes")) { writer in
            for name in active {
                try writer.run(
                    """
                    INSERT INTO spoke (name, application, active, created_at, updated_at)
                    VALUES ($1, 'global', 1, 0, 0)
                    """, [.text(name)])
            }
        }
        let spokes = Spokes(
            catalogue: try SpokeCatalogue.load(operatorFiles: operatorFiles), credentials: credentials,
            outbound: outside, log: log, database: database, journal: journal, effects: effects.effects,
            circuits: circuits)
        return try await body(spokes, database)
    }
}

func run(
    _ action: String, _ input: JSONObject, most: Int? = nil, alias: String = "okta", turn: Int = 1,
    on store: TestStore = .sqlite, active: [String]? = nil, _ credentials: FakeCredentials = FakeCredentials(),
    approval: Approval? = nil, operatorFiles: [(name: String, bytes: [UInt8])] = [],
    circuits: CircuitBoard = CircuitBoard(),
    outside script: [Result<OutboundReply, OutboundFailure>]
) async throws -> Run {
    let effects = TestEffects()
    let outside = FakeOutside(script)
    let log = FakeLog()
    let own = String(action.prefix { $0 != "." })
    return try await withSpokes(
        store, active: active ?? [own], credentials: credentials, operatorFiles: operatorFiles, outside: outside,
        log: log, effects: effects, circuits: circuits
    ) { spokes, database in
        let outcome = try await spokes.run(
            call(action, input, most: most, alias: alias, turn: turn, approval: approval, effects))
        let audit = try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY event LIMIT 100", []).map { "\($0)" }
        }
        return Run(outcome: outcome, sent: outside.sent, log: log.rows, audit: audit)
    }
}

extension ActionOutcome {
    /// `done`, `failed`, …, and the reason.
    var summary: (word: String, reason: String, says: String) {
        switch self {
        case .done: ("done", "", "")
        case .refused(let reason, let says): ("refused", reason, says)
        case .failed(let reason, let says): ("failed", reason, says)
        case .unknown(let reason, let says): ("unknown", reason, says)
        case .later(let reason, let says, _): ("later", reason, says)
        }
    }
}
