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
    ]
    var spoke = "okta"
    var kind = "api_key"
    var secret = canary
    var url = "https://acme.example:8443"

    func resolve(alias: String) async throws -> ResolvedConnection {
        guard alias == "okta" else {
            throw HubError(.notFound, "alias_unknown", "there is no alias of that name. Create it first.")
        }
        return ResolvedConnection(
            id: ConnectionID("1"), name: "okta-prod", spoke: spoke, url: url, actions: actions,
            allowsLoopbackHTTP: false,
            credential: ResolvedCredential(id: CredentialID("2"), name: "okta-key", kind: kind, secret: Secret(secret)))
    }
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
    _ action: String, _ input: JSONObject, most: Int? = nil, alias: String = "okta", _ effects: TestEffects
) -> ActionCall {
    let parts = action.split(separator: ".")
    return ActionCall(
        action: ActionName(spoke: String(parts[0]), key: String(parts[1])), alias: alias, input: input, most: most,
        execution: "e1/step", cause: effects.cause())
}

func run(
    _ action: String, _ input: JSONObject, most: Int? = nil, alias: String = "okta", on store: TestStore = .sqlite,
    _ credentials: FakeCredentials = FakeCredentials(),
    operatorFiles: [(name: String, bytes: [UInt8])] = [],
    outside script: [Result<OutboundReply, OutboundFailure>]
) async throws -> Run {
    try await store.with([]) { database in
        let effects = TestEffects()
        let outside = FakeOutside(script)
        let log = FakeLog()
        let spokes = Spokes(
            catalogue: try SpokeCatalogue.load(operatorFiles: operatorFiles), credentials: credentials,
            outbound: outside, log: log, database: database, effects: effects.effects)
        let outcome = try await spokes.run(call(action, input, most: most, alias: alias, effects))
        let audit = try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY event LIMIT 100", []).map { "\($0)" }
        }
        return Run(outcome: outcome, sent: outside.sent, log: log.rows, audit: audit)
    }
}
