import Testing

@Test func placeholderIdentity() { #expect(Bool(true)) }
