public import Core
public import Ports
import Synchronization

/// The circuits of this hub's connections. All flows and operations that use a connection share its circuit; a
/// connection that is led to another address starts with a new one.
public final class CircuitBoard: CircuitReading {
    /// What is known belongs to a connection as long as it leads to that address.
    struct Key: Hashable, Sendable {
        let connection: ConnectionID
        let url: String
    }

    private let circuits = Mutex<[Key: Circuit]>([:])
    /// How many calls may still go out, shared in the same way.
    let budgets = BudgetBoard()

    /// All of them closed.
    public init() {}

    public func circuit(of connection: ConnectionID, to url: String) -> CircuitState {
        circuits.withLock { $0[Key(connection: connection, url: url)]?.state } ?? .closed(failures: 0)
    }

    public func budget(
        of connection: ConnectionID, to url: String, bound: Int64?, at now: Timestamp
    ) -> [CallAllowance] { budgets.allowances(of: connection, to: url, bound: bound, at: now) }

    func admit(_ connection: ResolvedConnection, at now: Timestamp) -> Circuit.Admission {
        change(connection) { $0.admit(at: now) }
    }

    /// Why a call that was let out must not go any more: the circuit opened while its token was fetched. Changes nothing.
    func refusal(
        _ connection: ResolvedConnection, _ ticket: Circuit.Ticket, at now: Timestamp
    ) -> (until: Timestamp, reason: String)? {
        circuits.withLock { circuits in
            guard let circuit = circuits[Key(connection)], !circuit.counts(ticket) else { return nil }
            return circuit.refusal(at: now)
        }
    }

    func settle(
        _ connection: ResolvedConnection, _ ticket: Circuit.Ticket, _ result: Circuit.Result, at now: Timestamp
    ) { change(connection) { $0.settle(ticket, result, at: now) } }

    /// Only circuits that know something are kept; at the bound one that has nothing to say gives way to another.
    private func change<R>(_ connection: ResolvedConnection, _ body: (inout Circuit) -> R) -> R {
        let key = Key(connection)
        return circuits.withLock { circuits in
            var circuit = circuits[key] ?? Circuit()
            let result = body(&circuit)
            if circuits[key] == nil, circuit != Circuit() { Self.makeRoom(&circuits) }
            if circuits[key] != nil || circuits.count < Limits.circuits.value {
                // A closed one of a later era is not like a new one: a straggler's ticket must still not fit.
                circuits[key] = circuit == Circuit() ? nil : circuit
            }
            return result
        }
    }

    private static func makeRoom(_ circuits: inout [Key: Circuit]) {
        guard circuits.count >= Limits.circuits.value,
            let spare = circuits.first(where: { $0.value.state == .closed(failures: 0) })
        else { return }
        circuits[spare.key] = nil
    }
}

extension CircuitBoard.Key {
    init(_ connection: ResolvedConnection) { self.init(connection: connection.id, url: connection.url) }
}
