import Testing

@Test func placeholderOAuthServer() { #expect(Bool(true)) }
