import Testing

@Test func placeholderRecords() { #expect(Bool(true)) }
