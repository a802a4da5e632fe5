import Core
import Storage

/// The table `connection_credential`: which credentials a connection may use.
extension ConnectionRows {
    /// Their ids, in the order of their bytes.
    static func credentials(of id: String, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT credential_id FROM connection_credential WHERE connection_id = $1 ORDER BY credential_id LIMIT $2",
            [.text(id), .int(Int64(Limits.connectionCredentials.value))]
        ).map { try $0.text("credential_id") }
    }

    /// Makes the rows what the connection says.
    static func setCredentials(_ connection: Connection, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM connection_credential WHERE connection_id = $1", [.text(connection.id)])
        for credential in connection.credentialIDs {
            try writer.run(
                "INSERT INTO connection_credential (connection_id, credential_id) VALUES ($1, $2)",
                [.text(connection.id), .text(credential)])
        }
    }

    /// The connections that use a credential, at most `Limits.pageRows`, by name.
    static func sending(_ credentialID: String, in reader: any SQLReader) throws -> [Connection] {
        try reader.rows(
            """
            SELECT connection.*
            FROM connection_credential JOIN connection ON connection.id = connection_credential.connection_id
            WHERE connection_credential.credential_id = $1 ORDER BY name LIMIT $2
            """, [.text(credentialID), .int(Int64(Limits.pageRows.value))]
        ).map { try whole($0, in: reader) }
    }
}
