import Testing

@Test func placeholderOktaSandbox() { #expect(Bool(true)) }
