import Testing

@Test func placeholderKeys() { #expect(Bool(true)) }
