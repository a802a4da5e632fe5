import Core
import Ports
import Storage

/// Entries of the journal as rows of `execution_step`.
enum JournalRows {
    /// Inserts an attempt, or moves it from the state that it replaces; false when the row is not in that state.
    static func write(
        _ entry: JournalEntry, of id: ExecutionID, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        let at = SQLValue.int(now.epochMilliseconds)
        let isOpen = entry.state == .planned || entry.state == .sent || entry.state == .waiting
        let common: [SQLValue] = [
            .text(id.rawValue), .text(entry.path), .int(Int64(entry.attempt)), .text(entry.state.rawValue),
            .text(entry.output.text()), .text(entry.reason), .text(entry.says), entry.state == .sent ? at : .null,
            isOpen ? .null : at, .optional(entry.due?.epochMilliseconds),
        ]
        guard let replaced = entry.replaces else {
            return try writer.run(
                """
                INSERT INTO execution_step
                (execution_id, path, attempt, state, output, reason, says, sent_at, ended_at, due_at, input, planned_at,
                deadline_at, seq)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                  (SELECT COALESCE(MAX(seq), 0) + 1 FROM execution_step WHERE execution_id = $1))
                ON CONFLICT DO NOTHING
                """, common + [.text(entry.input.text()), at, .optional(entry.deadline?.epochMilliseconds)]) == 1
        }
        return try writer.run(
            """
            UPDATE execution_step SET state = $4, output = $5, reason = $6, says = $7,
            sent_at = COALESCE(sent_at, $8), ended_at = $9, due_at = $10
            WHERE execution_id = $1 AND path = $2 AND attempt = $3 AND state = $11
            """, common + [.text(replaced.rawValue)]) == 1
    }

    /// Puts what left and has no outcome in doubt, where the execution ends without it: a re-run then asks a person
    /// before it sends that again. It reads no value, so that one which cannot be read is no hindrance.
    static func doubtWhatLeft(
        of id: String, reason: String, says: String, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            UPDATE execution_step SET state = 'in_doubt', reason = $1, says = $2, ended_at = $3
            WHERE execution_id = $4
            AND (state = 'sent' OR (state = 'planned' AND output LIKE '%"may_have_happened":true%'))
            """, [.text(reason), .text(says), .int(now.epochMilliseconds), .text(id)])
    }

    /// All attempts, oldest first.
    static func entries(of id: ExecutionID, in reader: any SQLReader) throws -> [JournalEntry] {
        try reader.rows(
            """
            SELECT path, attempt, state, input, output, reason, says, due_at, deadline_at FROM execution_step
            WHERE execution_id = $1 ORDER BY seq LIMIT $2
            """, [.text(id.rawValue), .int(most)]
        ).map(entry)
    }

    /// No journal has more rows: every attempt at every step.
    static let most = Int64(Limits.executionSteps.value * (Limits.stepAttempts.value + Limits.stepRetries.value))

    private static func entry(_ row: SQLRow) throws -> JournalEntry {
        guard let state = StepState(rawValue: try row.text("state")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "execution_step.state is unknown")
        }
        return JournalEntry(
            path: try row.text("path"), attempt: Int(try row.int("attempt")), state: state,
            input: try JournalValue.read(try row.text("input")), output: try JournalValue.read(try row.text("output")),
            reason: try row.text("reason"), says: try row.text("says"),
            due: try row.optionalMoment("due_at"), deadline: try row.optionalMoment("deadline_at"))
    }

    /// Carries what was done, left alone or is in doubt from one journal into a new one, each step's latest attempt.
    /// Nothing of the error branch goes along.
    ///
    /// - Parameters:
    ///   - open: paths of loops and parallel steps that did not come to their end; they are open again.
    ///   - anew: paths of steps that are done once more.
    static func takeOver(
        from old: String, to new: String, open: [String], anew: [String], in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
            planned_at, sent_at, ended_at, due_at, deadline_at)
            SELECT $2, s.seq, s.path, s.attempt, s.state, s.input, s.output, s.reason, s.says, s.planned_at, s.sent_at,
              s.ended_at, NULL, NULL
            FROM execution_step s
            WHERE s.execution_id = $1 AND s.state IN ('done', 'skipped', 'in_doubt')
            AND substr(s.path, 1, 9) <> 'on_error.'
            AND s.attempt = (SELECT MAX(l.attempt) FROM execution_step l
              WHERE l.execution_id = $1 AND l.path = s.path)
            """, [.text(old), .text(new)])
        for path in anew {
            try writer.run(
                "DELETE FROM execution_step WHERE execution_id = $1 AND path = $2", [.text(new), .text(path)])
        }
        for path in open {
            try writer.run(
                """
                INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                planned_at, sent_at, ended_at, due_at, deadline_at)
                SELECT $2, seq, path, attempt, 'planned', input, 'null', '', '', planned_at, NULL, NULL, NULL, NULL
                FROM execution_step WHERE execution_id = $1 AND path = $3
                """, [.text(old), .text(new), .text(path)])
        }
    }
}
