import Core
import Ports

/// The auth scopes and the built-in ones (`ScopeName.builtIn`), which nobody makes and no rule describes.
struct KnownScopes: ScopeDirectory {
    let authScopes: any ScopeDirectory

    func unknown(_ names: [String]) async throws -> [String] {
        let others = names.filter { !ScopeName.isBuiltIn($0) }
        return others.isEmpty ? [] : try await authScopes.unknown(others)
    }

    func purposes(_ names: [String]) async throws -> [String: String] {
        let own = ScopeName.builtIn.filter { names.contains($0.name) }.map { ($0.name, $0.says) }
        return try await authScopes.purposes(names.filter { !ScopeName.isBuiltIn($0) })
            .merging(own) { _, own in own }
    }
}
