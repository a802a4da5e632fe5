import Core
public import Storage

// What a doctor asks of identities.
extension Identity {
    /// Names of the active users who may call the Table API with name and password (HTTP Basic), at most one page.
    public static func basicUsers(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT name FROM principal_user WHERE basic_allowed = 1 AND active = 1 ORDER BY name LIMIT $1",
            [.int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
    }
}
