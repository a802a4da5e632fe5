import Core
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Vault

/// The same courses through the tables: every decision of the machine is one database transaction here.
struct StoreSimulationTests {
    private static let courses: UInt64 = 1_000

    /// So many at once: on SQLite they share one sync, on PostgreSQL serializable transactions over small tables collide.
    private static func atOnce(_ store: TestStore) -> UInt64 { store == .sqlite ? 40 : 1 }

    @Test("a thousand courses through both databases break no promise", arguments: TestStore.allCases)
    func everyCourse(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            let broken = try await withThrowingTaskGroup(of: [String].self) { group in
                let parts = Self.atOnce(store)
                for part in 0..<parts {
                    group.addTask {
                        var broken: [String] = []
                        for seed in stride(from: part, to: Self.courses, by: Int(parts)) {
                            broken += try await Self.play(seed, rig)
                        }
                        return broken
                    }
                }
                return try await group.reduce([]) { $0 + $1 }
            }
            #expect(broken.isEmpty, "\(broken.prefix(5))")
        }
    }

    private static func play(_ seed: UInt64, _ rig: CustodyRig) async throws -> [String] {
        var simulation = Simulation(seed: seed)
        var store = try await TableStore("c\(seed)", rig, simulation.policy)
        while let request = simulation.next() {
            simulation.take(simulation.isReachable ? try await store.perform(request) : .unreachable)
            simulation.hurry()
        }
        var broken = simulation.broken.map { ["seed \(seed): \($0)"] } ?? []
        if simulation.isLost, try await !store.wasTold() { broken.append("seed \(seed): lost, and nobody was told") }
        return broken
    }
}

/// One credential's grant in the tables, driven by a simulation.
private struct TableStore {
    let id: String
    let rig: CustodyRig
    let policy: RefreshPolicy
    let envelope: Envelope
    private var flights: [Int: GrantStore.Flight] = [:]

    init(_ id: String, _ rig: CustodyRig, _ policy: RefreshPolicy) async throws {
        self.id = id
        self.rig = rig
        self.policy = policy
        envelope = rig.vault.envelope
        var grant = OutsideGrant(credentialID: id, secretID: "s-\(id)")
        grant.state = Simulation.start
        let (first, sealed) = (grant, try seal(1, grant, generation: 1))
        try await rig.database.write(.bookkeeping("a course's beginning")) { writer in
            try GrantRows.keep(first, policy, at: Timestamp(epochMilliseconds: 0), in: writer)
            try SecretRows.insert(sealed, at: Timestamp(epochMilliseconds: 0), in: writer)
        }
    }

    private func hub(_ node: Int) -> GrantStore { GrantStore(database: rig.database, hub: "hub-\(node)") }

    private func cause(_ now: Timestamp) -> Cause { Cause(.hub, at: now, .new(rig.clock.effects)) }

    private func seal(_ number: Int, _ grant: OutsideGrant, generation: Int64) throws -> SealedSecret {
        try envelope.seal(
            Secret(String(number)), at: grant.place(generation: generation), SealingDice(rig.clock.effects))
    }

    private func number(_ sealed: SealedSecret?, _ grant: OutsideGrant) throws -> Int {
        guard let sealed else { return 0 }
        return try envelope.open(sealed, at: grant.place(generation: grant.state.generation))
            .reveal { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    }

    mutating func perform(_ request: Simulation.Request) async throws -> Simulation.Answer {
        switch request {
        case .begin(let node, let isAhead, let refused, let now):
            let begun = try await hub(node).begin(
                OutsideGrant(credentialID: id, secretID: "s-\(id)"), policy, name: id, refused: refused,
                isAhead: isAhead, by: cause(now))
            switch begun {
            case .busy: return .begun(nil, token: 0)
            case .nothing: return .begun(.nothing, token: 0)
            case .doubt: return .begun(.doubt(GrantState()), token: 0)
            case .send(let flight):
                flights[node] = flight
                return .begun(.send(flight.intent), token: try number(flight.tokens, flight.grant))
            }
        case .renew(let node, let now):
            if let flight = flights[node] { _ = try await hub(node).renew(flight.hold, at: now) }
            return .renewed
        case .settle(let node, let intent, let verdict, let token, let now):
            guard let flight = flights[node], flight.intent == intent else { return .unreachable }
            return .settled(try await settle(flight, node, verdict, token, now))
        case .look:
            let id = id
            let (grant, intent, sealed) = try await rig.database.read { reader in
                let grant = try #require(try GrantRows.find(id, in: reader))
                return (
                    grant, try GrantRows.intent(id, in: reader),
                    try SecretRows.find(grant.secretID, version: grant.state.generation, in: reader)
                )
            }
            return .seen(grant.state, intent, token: try number(sealed, grant))
        }
    }

    private func settle(
        _ flight: GrantStore.Flight, _ node: Int, _ verdict: GrantMachine.Verdict, _ token: Int, _ now: Timestamp
    ) async throws -> GrantMachine.Settled {
        var outcome = GrantStore.Outcome(verdict: verdict, refusal: "simulated")
        if case .tokens = verdict {
            outcome.tokens = try seal(token, flight.grant, generation: flight.intent.generation + 1)
            outcome.scopes = []
        }
        guard let kept = try await hub(node).settle(flight, outcome, name: id, by: cause(now)) else {
            return .overtaken
        }
        switch verdict {
        case .tokens: return .stored(kept.state)
        case .lost: return .kept(kept.state, intentEnds: false)
        case .refused, .ended: return .kept(kept.state, intentEnds: true)
        }
    }

    /// Whether an event says that this grant is in doubt or ended.
    func wasTold() async throws -> Bool {
        let mention = "%\"id\":\"\(id)\"%"
        return try await rig.database.read { reader in
            try reader.rows(
                """
                SELECT seq FROM audit_pending WHERE event LIKE $1
                    AND (event LIKE '%grant.in_doubt%' OR event LIKE '%grant.ended%') ORDER BY seq LIMIT 1
                """, [.text(mention)]
            ).count == 1
        }
    }
}
