import Core
import Keys
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
    private let now: Timestamp
    private let circuit: CircuitState?
    private let budget: [CallAllowance]?

    init(_ connection: Connection, _ vault: Vault, at now: Timestamp, in reader: any SQLReader) throws {
        self.connection = connection
        self.now = now
        circuit = vault.circuits?.circuit(of: ConnectionID(connection.id), to: connection.url)
        budget = vault.circuits?.budget(
            of: ConnectionID(connection.id), to: connection.url, bound: connection.callsPerMinute, at: now)
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
        members["trusts"] = .array(
            connection.passage.roots.map {
                ["name": .string(Shown.name($0.subject)), "expires_at": .string($0.ends.rfc3339)]
            })
        if let circuit { members["circuit"] = circuit.json }
        if let budget { members["budget"] = .array(budget.map(\.json)) }
        members["name_resolved_by"] = connection.passage.proxy == nil ? "hub" : "proxy"
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
        found += endingRoots
        if case .open(let until, let reason) = circuit {
            found.append(
                HubError(
                    .conflict, "circuit_open",
                    "Calls of connection \(connection.name) failed one after the other (last: \(reason)), so this hub "
                        + "sends none before \(until.rfc3339). Look at the outside system."))
        }
        found += credentials.compactMap(\.refusal) + [keyBesideOAuth].compactMap(\.self) + grants
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
        let gone = connection.actions.filter { key in !known.contains { $0.action.key.isExactly(key) } }
        if !gone.isEmpty {
            found.append(
                HubError(
                    .conflict, "unknown_action",
                    "Spoke \(connection.spoke) no longer has: \(gone.joined(separator: ", ")). Disable them here."))
        }
        return found
    }

    /// A key is not narrowed by the scopes of the credential beside it; a certificate goes with every other.
    private var keyBesideOAuth: HubError? {
        let active = credentials.map(\.credential).filter(\.isActive)
        guard let key = active.first(where: { $0.kind != "oauth" && !$0.isCertificate }),
            let narrow = active.first(where: { $0.kind == "oauth" })
        else { return nil }
        return HubError(
            .conflict, "key_beside_oauth",
            "Calls go by \(key.name) (\(key.kind)) or by \(narrow.name) (oauth): the smaller order first, equal ones at "
                + "random. So all that the owner of \(key.name) may do is in reach. When \(narrow.name) works: "
                + "linchpin connection remove-credential \(connection.name) \(key.name).")
    }

    private var endingRoots: [HubError] {
        let soon = now.adding(seconds: Int64(Limits.trustRootWarningDays.value) * 86_400)
        return connection.passage.roots.filter { $0.ends <= soon }.map { root in
            HubError(
                .conflict, root.ends <= now ? "trust_root_expired" : "trust_root_ends",
                "Connection \(connection.name) trusts \(Shown.name(root.subject)), which ends at "
                    + "\(root.ends.rfc3339). Add its successor to \"trust_roots\" before that.")
        }
    }
}
