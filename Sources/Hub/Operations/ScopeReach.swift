import Core
import Ports

/// Says of an auth scope which of its rules cover no call that the hub takes: a slip of the pen would else be found out by a
/// refused application.
struct ScopeReach: Sendable {
    let routes: RouteList

    /// What shows a scope whole.
    static let shown: Set = ["scope.create", "scope.get", "scope.update"]

    /// The operations, those that show a scope with its findings.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            guard Self.shown.contains(operation.name) else { return operation }
            return operation.running { request in
                let answer = try await operation.run(request)
                guard var scope = answer.object else { return answer }
                scope["findings"] = .array((scope["rules"]?.array ?? []).compactMap(finding))
                return .object(scope)
            }
        }
    }

    private func finding(_ rule: JSON) -> JSON? {
        guard let method = rule["method"]?.string, let path = rule["path"]?.string else { return nil }
        let pattern = PathPattern(path)
        let isMet = routes.all.contains { route in
            (method == "*" || method == route.method) && pattern.mayCover(route.pattern.form)
        }
        guard !isMet else { return nil }
        return [
            "reason": "rule_without_route",
            "says": .string(
                "Rule \(method) \(path) covers no call that this hub takes. "
                    + "Correct it, unless the scope is for another API alone."),
        ]
    }
}
