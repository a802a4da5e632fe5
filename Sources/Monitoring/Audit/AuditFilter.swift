import Core
import Storage

/// Which events somebody wants to see. Each way of asking has an index; nothing scans but the target's own events.
struct AuditFilter: Sendable {
    let after: Int64?
    let most: Int64
    /// Empty for any.
    let action: String
    let target: String?
    let correlation: String?

    func events(in reader: any SQLReader) throws -> [JSON] {
        try rows(in: reader).map { row in
            var event = try JSON.read(try row.text("event")).object ?? JSONObject()
            event["n"] = .int(try row.int("n"))
            return .object(event)
        }
    }

    private func rows(in reader: any SQLReader) throws -> [SQLRow] {
        let from = SQLValue.int(after ?? 0)
        if let correlation {
            return try reader.rows(
                """
                SELECT n, event FROM audit_chain WHERE correlation = $1 AND n > $2 AND ($3 = '' OR action = $3)
                AND ($4 = '' OR target_id = $4 OR target_name = $4) ORDER BY n LIMIT $5
                """, [.text(correlation), from, .text(action), .text(target ?? ""), .int(most)])
        }
        if let target {
            let values: [SQLValue] = [.text(target), from, .text(action), .int(most)]
            return after == nil
                ? try reader.rows(
                    """
                    SELECT n, event FROM audit_chain WHERE (target_id = $1 OR target_name = $1) AND n > $2
                    AND ($3 = '' OR action = $3) ORDER BY n DESC LIMIT $4
                    """, values)
                : try reader.rows(
                    """
                    SELECT n, event FROM audit_chain WHERE (target_id = $1 OR target_name = $1) AND n > $2
                    AND ($3 = '' OR action = $3) ORDER BY n LIMIT $4
                    """, values)
        }
        if !action.isEmpty {
            let values: [SQLValue] = [.text(action), from, .int(most)]
            return after == nil
                ? try reader.rows(
                    "SELECT n, event FROM audit_chain WHERE action = $1 AND n > $2 ORDER BY n DESC LIMIT $3", values)
                : try reader.rows(
                    "SELECT n, event FROM audit_chain WHERE action = $1 AND n > $2 ORDER BY n LIMIT $3", values)
        }
        return after == nil
            ? try reader.rows(
                "SELECT n, event FROM audit_chain WHERE n > $1 ORDER BY n DESC LIMIT $2", [from, .int(most)])
            : try reader.rows("SELECT n, event FROM audit_chain WHERE n > $1 ORDER BY n LIMIT $2", [from, .int(most)])
    }
}
