import Core
import Ports
import Storage

// Which credentials a connection may use, one by one.
extension Vault {
    func addCredential(_ request: OperationRequest) async throws -> JSON {
        let wanted = try request.required("credential")
        return try await database.write(.change) { writer in
            let connection = try ConnectionRows.find(request.id, in: writer)
            let credential = try CredentialRows.find(wanted, in: writer)
            return try self.add(credential, to: connection, request, in: writer)
        }
    }

    func removeCredential(_ request: OperationRequest) async throws -> JSON {
        let wanted = try request.required("credential")
        return try await database.write(.change) { writer in
            let before = try ConnectionRows.find(request.id, in: writer)
            let credential = try CredentialRows.find(wanted, in: writer)
            guard before.credentialIDs.contains(credential.id) else {
                throw HubError(
                    .conflict, "credential_not_of_connection",
                    "Connection \(before.name) does not use credential \(credential.name).")
            }
            guard before.credentialIDs.count > 1 else {
                throw HubError(
                    .conflict, "last_credential",
                    "Credential \(credential.name) is the last one of connection \(before.name). "
                        + "Add another one first, or delete the connection.")
            }
            var after = before
            after.credentialIDs.removeAll { $0 == credential.id }
            try ConnectionRules(before.spoke, self.catalogue).suffice(
                try after.credentialIDs.map { try CredentialRows.find($0, in: writer) })
            try RevocationRows.leave(before, for: after, in: writer)
            return try self.keep(after, before, request, in: writer)
        }
    }

    /// Lets a connection use one more credential, as far as the caller may; nothing changes if it does already.
    func add(
        _ credential: Credential, to before: Connection, _ request: OperationRequest, in writer: any SQLWriter
    ) throws -> JSON {
        try ConnectionRules(before.spoke, catalogue).take(credential)
        guard !before.credentialIDs.contains(credential.id) else {
            return try view(before, request.cause, in: writer)
        }
        guard before.credentialIDs.count < Limits.connectionCredentials.value else {
            throw HubError(
                .conflict, "too_many_credentials",
                "Connection \(before.name) has \(Limits.connectionCredentials.value) credentials, which is the most. "
                    + "Remove one first.")
        }
        var after = before
        after.credentialIDs = (before.credentialIDs + [credential.id]).sorted(by: Names.precede)
        try mayPair(after, credential, request.caller, in: writer)
        return try keep(after, before, request, in: writer)
    }

    private func keep(
        _ changed: Connection, _ before: Connection, _ request: OperationRequest, in writer: any SQLWriter
    ) throws -> JSON {
        guard try ConnectionRows.isBound(before, envelope, in: writer) else { throw before.changedOutside }
        var after = changed
        after.updatedAt = request.cause.now
        guard try ConnectionRows.update(after, binding: after.binding(envelope), in: writer) else {
            throw Names.taken("connection", after.name)
        }
        try writer.changed(after.row, before: before.json, after: after.json, by: request.cause)
        return try view(after, request.cause, in: writer)
    }
}
