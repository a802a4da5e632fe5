import AuditTrail
import Core
import Testing

@Test("equal events have equal text: the members stand in the byte order of their names, whatever the details")
func eventText() throws {
    var details: [AuditEvent.Key: String] = [:]
    for key in AuditEvent.Key.allCases { details[key] = "of \(key.rawValue)" }
    let correlation = try #require(CorrelationID("c-0000000000000"))
    let cause = Cause(.hub, at: Timestamp(epochSeconds: 1_790_000_000), correlation)
    let event = AuditEvent(.tokenIssued, on: .init("client", id: "1", name: "app"), by: cause, details)
    #expect(event.json.text() == event.json.text(sorted: true))
}
