import Testing

@Test func placeholderMonitoring() { #expect(Bool(true)) }
