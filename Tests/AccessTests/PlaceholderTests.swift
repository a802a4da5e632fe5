import Testing

@Test func placeholderAccess() { #expect(Bool(true)) }
