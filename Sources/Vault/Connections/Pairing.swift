import Core
import Ports
import Storage

// Whoever may choose where a credential is sent can have it sent to a host of their own and read it there. So a
// connection administrator may lead a credential only where it goes already; a new host takes a credential
// administrator.
extension Vault {
    /// Refuses to send a credential to a host where no connection as the hub wrote it sends it already.
    func mayPair(
        _ connection: Connection, _ credential: Credential, _ caller: Principal, in reader: any SQLReader
    ) throws {
        if caller.hasAny([AdminRole.credentialAdmin.rawValue, AdminRole.admin.rawValue]) { return }
        let origin = try BaseURL(connection.url).origin
        for known in try ConnectionRows.sending(credential.id, in: reader)
        where known.spoke.isExactly(connection.spoke) {
            // Who chooses the authorities or the proxy chooses who can answer as that host.
            guard try BaseURL(known.url).origin == origin, known.passage == connection.passage,
                try ConnectionRows.isBound(known, envelope, in: reader)
            else { continue }
            return
        }
        throw HubError(
            .forbidden, "credential_new_host",
            "Credential \(credential.name) is not sent to this host yet, or not by this way. "
                + "Ask somebody with the role credential_admin to make this change.")
    }
}
