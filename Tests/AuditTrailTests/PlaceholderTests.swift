import Testing

@Test func placeholderAuditTrail() { #expect(Bool(true)) }
