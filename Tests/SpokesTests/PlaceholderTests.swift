import Testing

@Test func placeholderSpokes() { #expect(Bool(true)) }
