import Core
import Ports
import Storage

/// A connection as replies show it: where it leads, with what, for which actions, and who uses it.
struct ConnectionView {
    let connection: Connection
    let credential: Credential
    let aliases: [Alias]
    let isBound: Bool

    init(_ connection: Connection, _ envelope: Envelope, in reader: any SQLReader) throws {
        self.connection = connection
        credential = try CredentialRows.find(connection.credentialID, in: reader)
        isBound = try ConnectionRows.isBound(connection, envelope, in: reader)
        aliases = try AliasRows.using(connection.id, in: reader)
    }

    func json(_ catalogue: any ActionCatalogue, at now: Timestamp) -> JSON {
        guard case .object(var members) = connection.json else { return connection.json }
        members["credential"] = [
            "id": .string(credential.id), "name": .string(credential.name), "kind": .string(credential.kind),
        ]
        members["aliases"] = .array(
            aliases.map { alias in
                [
                    "id": .string(alias.id), "name": .string(alias.name),
                    "active": .bool(alias.activeConnectionID == connection.id),
                ]
            })
        members["findings"] = .array(
            findings(catalogue, at: now).map { ["reason": .string($0.reason), "says": .string($0.message)] })
        return .object(members)
    }

    private func findings(_ catalogue: any ActionCatalogue, at now: Timestamp) -> [HubError] {
        var found: [HubError] = []
        if connection.url.hasPrefix("http://") {
            found.append(
                HubError(
                    .invalid, "plain_http",
                    "Connection \(connection.name) uses http without TLS, to this machine only. "
                        + "Use https for anything but a trial."))
        }
        if !isBound { found.append(connection.changedOutside) }
        if let refusal = credential.refusal(at: now) { found.append(refusal) }
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
