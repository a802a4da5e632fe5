import Testing

@Test func placeholderOutbound() { #expect(Bool(true)) }
