import Testing

@Test func placeholderFlows() { #expect(Bool(true)) }
