import Core
import Testing

@testable import OAuthServer

@Suite struct CarriedTests {
    @Test("what a token carries is read as it was stored")
    func roundTrip() throws {
        var carried = Carried()
        #expect(carried.stored.isEmpty)
        #expect(try Carried(stored: "") == carried)
        carried.resources = ["https://api.example/"]
        carried.details = [["type": "account"]]
        carried.actor = ["sub": "mara"]
        carried.certificate = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"
        carried.signedInAt = Timestamp(epochMilliseconds: 1_700_000_000_123)
        carried.session = "s1"
        carried.claims = ["id_token": ["email": .null]]
        #expect(try Carried(stored: carried.stored) == carried)
    }
}
