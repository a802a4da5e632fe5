import Testing

@Test func placeholderHub() { #expect(Bool(true)) }
