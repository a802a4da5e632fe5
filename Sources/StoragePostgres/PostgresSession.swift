import CLibPQ
import Core
import Storage

/// One connection to the server; used by one queue at a time, never shared.
final class PostgresSession: RawConnection, SQLReader {
    /// How a transaction begins.
    enum Mode: String {
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case write = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
        // Each statement sees what was committed before it: what follows the advisory lock must see its last holder.
        case migration = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    }

    /// What the transaction has met so far.
    enum Condition { case fine, conflict, lost, failed }

    private struct StatementKey: Hashable {
        // Bytes: texts that only look alike are different statements.
        let sql: [UInt8]
        let types: [Oid]
    }

    private let connection: OpaquePointer
    private var statements: [StatementKey: String] = [:]
    private var statementsMade = 0
    private var forgetStatements = false

    private(set) var condition = Condition.fine
    /// The first error of the transaction; whatever the body makes of it, the transaction does not commit.
    private(set) var failure: HubError?

    /// Takes over a connection that is open; ends it when it is released.
    init(_ connection: OpaquePointer) {
        self.connection = connection
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    var dialect: Dialect { .postgres }

    /// Whether the next transaction may begin on it.
    var isUsable: Bool {
        condition != .lost && PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
    }

    func rows(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        let result = try execute(sql.text, values)
        guard result.isSelection else {
            throw fail(.failed, PostgresFailure.defect("rows() was given a statement that changes", sql.text))
        }
        return try result.rows()
    }

    func returning(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try execute(sql.text, values).rows()
    }

    func run(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> Int { try execute(sql.text, values).touched }

    func define(_ sql: String) throws { try simple(sql) }
}

extension PostgresSession {
    func begin(_ mode: Mode) throws {
        condition = .fine
        failure = nil
        if forgetStatements || statements.count >= Limits.preparedStatements.value {
            try simple("DEALLOCATE ALL")
            statements = [:]
            forgetStatements = false
        }
        try simple(mode.rawValue)
    }

    /// Throws `commit_unknown` when no answer comes: the rows may or may not be there.
    func commit() throws {
        let answer = PostgresResult(PQexec(connection, "COMMIT"))
        if let answer, answer.isGood {
            // A transaction that had failed answers ROLLBACK and no error.
            guard answer.tag == "COMMIT" else {
                throw fail(.failed, PostgresFailure.defect("COMMIT answered \(answer.tag)", ""))
            }
            return
        }
        let isEnding = answer.map { PostgresFailure.endsSession($0.sqlState) } ?? true
        if isEnding || PQstatus(connection) != CONNECTION_OK { throw fail(.lost, PostgresFailure.commitUnknown) }
        throw note(answer, "COMMIT")
    }

    func rollback() {
        guard PQstatus(connection) == CONNECTION_OK, PQtransactionStatus(connection) != PQTRANS_IDLE else { return }
        // If this fails the session is not usable and is replaced; the server rolls back by itself.
        _ = PostgresResult(PQexec(connection, "ROLLBACK"))
    }

    private func simple(_ sql: String) throws {
        let answer = PostgresResult(PQexec(connection, sql))
        guard let answer, answer.isGood else { throw note(answer, sql) }
    }

    private func execute(_ sql: String, _ values: [SQLValue]) throws -> PostgresResult {
        if let failure { throw failure }
        do { try SQLValue.refuseNUL(values) } catch { throw fail(.failed, error) }
        let parameters = PostgresParameters(values)
        let name = try prepared(sql, parameters)
        let answer = parameters.withPointers { pointers, lengths, formats in
            PostgresResult(
                PQexecPrepared(connection, name, Int32(parameters.count), pointers, lengths, formats, 0))
        }
        guard let answer, answer.isGood else { throw note(answer, sql) }
        return answer
    }

    private func prepared(_ sql: String, _ parameters: PostgresParameters) throws -> String {
        let key = StatementKey(sql: Array(sql.utf8), types: parameters.types)
        if let name = statements[key] { return name }
        statementsMade += 1
        let name = "s\(statementsMade)"
        // A NULL takes the type of its place. Where the place says none (`$1 IS NULL`), types are tried in turn.
        let guesses: [Oid] = parameters.hasNull ? [PostgresParameters.text, PostgresParameters.int] : []
        if !guesses.isEmpty { try simple("SAVEPOINT guess") }
        var answer = prepare(name, sql, parameters.types)
        for guess in guesses where answer?.hasUnknownType == true {
            try simple("ROLLBACK TO SAVEPOINT guess")
            answer = prepare(name, sql, parameters.types.map { $0 == 0 ? guess : $0 })
        }
        guard let answer, answer.isGood else { throw note(answer, sql) }
        if !guesses.isEmpty { try simple("RELEASE SAVEPOINT guess") }
        statements[key] = name
        return name
    }

    private func prepare(_ name: String, _ sql: String, _ types: [Oid]) -> PostgresResult? {
        PostgresResult(PQprepare(connection, name, sql, Int32(types.count), types))
    }

    private func note(_ answer: PostgresResult?, _ sql: String) -> HubError {
        guard PQstatus(connection) == CONNECTION_OK, let answer else {
            return fail(.lost, PostgresFailure.unreachable("the connection broke"))
        }
        if answer.isStalePlan {
            forgetStatements = true
            return fail(.conflict, PostgresFailure.conflict("a statement's plan is out of date"))
        }
        let state = answer.sqlState
        // The server's last words arrive before libpq sees that the connection is gone.
        if PostgresFailure.endsSession(state) {
            return fail(.lost, PostgresFailure.unreachable("the server ended the session (\(state))"))
        }
        if state == "40001" || state == "40P01" { return fail(.conflict, PostgresFailure.conflict(state)) }
        return fail(.failed, PostgresFailure.of(answer, sql))
    }

    private func fail(_ condition: Condition, _ error: HubError) -> HubError {
        if failure == nil {
            self.condition = condition
            failure = error
        }
        return error
    }
}
