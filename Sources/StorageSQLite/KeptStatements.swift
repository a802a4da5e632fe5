import Core
import GRDB
import Synchronization

/// Which statements that were put together each connection keeps prepared: GRDB's own cache has no bound, and callers'
/// queries have any shape.
final class KeptStatements: Sendable {
    private let shapes = Mutex<[ObjectIdentifier: Set<String>]>([:])

    /// The prepared statement. A connection that has kept `Limits.keptStatements` shapes forgets all it has prepared and
    /// begins anew; what is in use meanwhile stays valid.
    func statement(_ text: String, on database: Database) throws -> Statement {
        let isFull = shapes.withLock { shapes in
            let kept = shapes[ObjectIdentifier(database)]?.count ?? 0
            let isNew = shapes[ObjectIdentifier(database), default: []].insert(text).inserted
            guard isNew, kept >= Limits.keptStatements.value else { return false }
            shapes[ObjectIdentifier(database)] = [text]
            return true
        }
        if isFull { database.clearSchemaCache() }
        return try database.cachedStatement(sql: text)
    }
}
