import AuditTrail
import Core
import TestSupport
import Testing

@testable import Storage

/// A store that takes an event without an error and keeps nothing of it.
private struct Swallowing: RawConnection {
    let dialect = Dialect.sqlite
    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] { [] }
    func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] { [] }
    func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int { sql.text.contains("audit_pending") ? 0 : 1 }
    func define(_ sql: String) throws {}
}

@Test func aChangeWhoseEventIsNotKeptDoesNotCommit() throws {
    let writer = AuditedWriter(Swallowing(), .change)
    let cause = TestEffects().cause()
    try writer.run("UPDATE a SET b = 1", [])
    let event = AuditEvent(.recordUpdated, on: .init("record", id: "1", name: "a"), by: cause)
    let error = #expect(throws: HubError.self) { try writer.record(event) }
    #expect(error?.reason == "event_not_kept")
    #expect(throws: HubError.self) { try writer.finish() }
}
