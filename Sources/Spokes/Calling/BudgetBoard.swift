import Core
import Ports
import Synchronization

/// The budgets of this hub's connections. All flows and operations that use a connection share its budget; a connection that
/// is led to another address starts with a new one.
final class BudgetBoard: Sendable {
    private let budgets = Mutex<[CircuitBoard.Key: CallBudget]>([:])

    func allowances(
        of connection: ConnectionID, to url: String, bound: Int64?, at now: Timestamp
    ) -> [CallAllowance] {
        let budget = budgets.withLock { $0[.init(connection: connection, url: url)] } ?? CallBudget()
        return budget.allowances(bound: bound, at: now)
    }

    func refusal(_ connection: ResolvedConnection, _ bucket: String, at now: Timestamp) -> CallBudget.Spent? {
        budgets.withLock {
            $0[.init(connection)]?.refusal(bucket, bound: connection.callsPerMinute, at: now)
        }
    }

    func take(_ connection: ResolvedConnection, _ bucket: String, at now: Timestamp) -> CallBudget.Spent? {
        change(connection, at: now) { $0.take(bucket, bound: connection.callsPerMinute, at: now) }
    }

    func learn(_ connection: ResolvedConnection, _ bucket: String, _ stated: CallBudget.Stated, at now: Timestamp) {
        change(connection, at: now) { $0.learn(bucket, stated, at: now) }
    }

    /// Only budgets that know something are kept; at the bound the one that ends first gives way.
    private func change<R>(_ connection: ResolvedConnection, at now: Timestamp, _ body: (inout CallBudget) -> R) -> R {
        let key = CircuitBoard.Key(connection)
        return budgets.withLock { budgets in
            var budget = budgets[key] ?? CallBudget()
            let result = body(&budget)
            guard budget.end > now else {
                budgets[key] = nil
                return result
            }
            if budgets[key] == nil, budgets.count >= Limits.budgets.value,
                let spare = budgets.min(by: { $0.value.end < $1.value.end })
            {
                budgets[spare.key] = nil
            }
            budgets[key] = budget
            return result
        }
    }
}
