import Core
import Ports
import Storage

/// A connection as replies show it: where it leads, with which credentials, for which actions, and who uses it.
struct ConnectionView {
    let connection: Connection
    let credentials: [Standing]
    let aliases: [Alias]
    let isBound: Bool
    /// What should be done about the outside grants of its credentials.
    let grants: [HubError]
    /// What the last look at the provider found changed there.
    let drift: [DriftFinding]

    init(_ connection: Connection, _ vault: Vault, at now: Timestamp, in reader: any SQLReader) throws {
        self.connection = connection
        credentials = try Standing.all(of: connection.id, on: vault.hub, at: now, in: reader)
        isBound = try ConnectionRows.isBound(connection, vault.envelope, in: reader)
        aliases = try AliasRows.using(connection.id, in: reader)
        drift = try DriftRows.find(connection.id, in: reader)?.findings ?? []
        grants = try credentials.map(\.credential).filter { $0.kind == "oauth" }.flatMap { credential in
            do {
                let held = try Held(credential.id, secretID: "", vault.envelope, vault.catalogue, in: reader)
                return GrantView(held.grant, held, at: now).findings.map { HubError(.conflict, $0.reason, $0.says) }
            } catch let error as HubError { return [error] }
        }
    }

    func json(_ catalogue: any ActionCatalogue) -> JSON {
        guard case .object(var members) = connection.json else { return connection.json }
        members["credentials"] = .array(credentials.map(\.json))
        members["aliases"] = .array(
            aliases.map { alias in
                [
                    "id": .string(alias.id), "name": .string(alias.name),
                    "active": .bool(alias.activeConnectionID == connection.id),
                ]
            })
        members["findings"] = .array(
            findings(catalogue).map { ["reason": .string($0.reason), "says": .string($0.message)] })
        return .object(members)
    }

    private func findings(_ catalogue: any ActionCatalogue) -> [HubError] {
        var found: [HubError] = []
        if connection.url.hasPrefix("http://") {
            found.append(
                HubError(
                    .invalid, "plain_http",
                    "Connection \(connection.name) uses http without TLS, to this machine only. "
                        + "Use https for anything but a trial."))
        }
        if !isBound { found.append(connection.changedOutside) }
        found += credentials.compactMap(\.refusal) + grants
        // What the grant itself says already is not said twice.
        found += drift.filter { drift in !grants.contains { $0.reason == drift.alsoSaidAs } }
            .map { HubError(.conflict, $0.code, $0.says) }
        guard let known = catalogue.actions(of: connection.spoke) else {
            found.append(
                HubError(
                    .conflict, "unknown_spoke",
                    "Spoke \(connection.spoke) is not loaded, so nothing can be done through this connection."))
            return found
        }
        let gone = connection.actions.filter { key in !known.contains { Names.same($0.action.key, key) } }
        if !gone.isEmpty {
            found.append(
                HubError(
                    .conflict, "unknown_action",
                    "Spoke \(connection.spoke) no longer has: \(gone.joined(separator: ", ")). Disable them here."))
        }
        return found
    }
}
