import Core
import OktaSandbox
import Ports
import Spokes
import Storage
import Synchronization

/// Runs the actions of test runs, against built-in sandboxes alone.
///
/// It is made without the vault and without the network: what it knows of aliases is that each leads to the sandbox
/// (`SandboxConnection`), and what it can reach is a simulated org in memory (`SandboxOutbound`). So nothing of a test
/// run can reach a real connection, whatever a flow file, an alias or a spoke file says.
///
/// Each test run has an org of its own, together with its sub-flows and re-runs; it lives in memory, until
/// `Limits.testRuns` others were begun or the hub stops, and then begins anew.
final class TestRunActions: ActionRunning {
    /// The one spoke that has a sandbox.
    static let spoke = "okta"

    private let catalogue: SpokeCatalogue
    private let log: any TransactionLogging
    private let database: any Database
    private let effects: Effects
    private let runs = Mutex<[(of: CorrelationID, spokes: Spokes)]>([])

    init(catalogue: SpokeCatalogue, log: any TransactionLogging, database: any Database, effects: Effects) {
        self.catalogue = catalogue
        self.log = log
        self.database = database
        self.effects = effects
    }

    func gate(_ call: ActionCall) async throws -> ActionOutcome? {
        if let refusal = Self.refusal(of: call) { return refusal }
        return try await spokes(of: call).gate(call)
    }

    func run(_ call: ActionCall) async throws -> ActionOutcome {
        if let refusal = Self.refusal(of: call) { return refusal }
        return try await spokes(of: call).run(call)
    }

    func lookUp(_ call: ActionCall) async throws -> ActionOutcome? {
        if Self.refusal(of: call) != nil { return nil }
        return try await spokes(of: call).lookUp(call)
    }

    private static func refusal(of call: ActionCall) -> ActionOutcome? {
        guard call.action.spoke != spoke else { return nil }
        return .refused(
            reason: "no_sandbox",
            says: "spoke \(Shown.name(call.action.spoke)) has no sandbox, so a test run does not do this step")
    }

    private func spokes(of call: ActionCall) -> Spokes {
        runs.withLock { runs in
            if let known = runs.first(where: { $0.of == call.cause.correlation }) { return known.spokes }
            let made = make()
            runs.append((call.cause.correlation, made))
            if runs.count > Limits.testRuns.value { runs.removeFirst() }
            return made
        }
    }

    private func make() -> Spokes {
        let token = Hex.encode(effects.randomBytes(20))
        let actions = (catalogue.actions(of: Self.spoke) ?? []).map(\.action.key)
        return Spokes(
            catalogue: catalogue, credentials: SandboxConnection(actions: Set(actions), token: Secret(token)),
            outbound: SandboxOutbound(token: token, effects: effects), log: log, database: database, journal: nil,
            effects: effects)
    }
}

/// Where every alias of a test run leads.
struct SandboxConnection: CredentialSource {
    /// No name under `.invalid` is ever resolved (RFC 6761 §6.4), should an address ever get where it does not belong.
    static let url = "https://okta-sandbox.invalid"
    /// As the log shows it.
    static let name = "sandbox (test run)"

    let actions: Set<String>
    let token: Secret

    func resolve(alias: String) async throws -> ResolvedConnection {
        ResolvedConnection(
            id: ConnectionID("sandbox"), name: Self.name, spoke: TestRunActions.spoke, url: Self.url, actions: actions,
            allowsLoopbackHTTP: false,
            credentials: [
                ResolvedCredential(id: CredentialID("sandbox"), name: "sandbox", kind: "api_key", secret: token)
            ], passage: .plain)
    }

    /// The one key there is never rests.
    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws {}
}

/// A simulated org in place of the network.
final class SandboxOutbound: OutboundCalling {
    private let org: Mutex<OktaOrg>
    private let token: String
    private let effects: Effects

    init(token: String, effects: Effects) {
        self.token = token
        self.effects = effects
        org = Mutex(
            .builtIn(seed: 1, at: effects.now(), baseURL: SandboxConnection.url, tokens: [Secret(token)]))
    }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        guard request.url.hasPrefix(SandboxConnection.url + "/") else {
            throw .notSent(reason: "not_the_sandbox", says: "A test run reaches the sandbox alone.")
        }
        let target = request.url.dropFirst(SandboxConnection.url.count)
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // The sandbox's own token stands in for the secret header, so that no secret is revealed here.
        var headers = [(name: "authorization", value: "SSWS \(token)")]
        for header in request.headers {
            if case .plain(let value) = header.value { headers.append((header.name.lowercased(), value)) }
        }
        if request.body != nil { headers.append(("content-length", String(request.body?.count ?? 0))) }
        let reply = org.withLock { org in
            org.respond(
                to: SandboxRequest(
                    method: request.method, path: String(target[0]), query: target.count == 2 ? String(target[1]) : "",
                    headers: headers, body: request.body ?? []), at: effects.now())
        }
        return OutboundReply(
            status: reply.status, headers: reply.headers.map { ($0.0.lowercased(), $0.1) }, body: reply.body)
    }
}
