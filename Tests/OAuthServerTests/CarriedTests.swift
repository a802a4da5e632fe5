import AuditTrail
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
        carried.codeKey = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        carried.claims = ["id_token": ["email": .null]]
        carried.subject = TokenPlace(slot: 472_222, hash: [UInt8](repeating: 9, count: 32))
        #expect(try Carried(stored: carried.stored) == carried)
    }

    @Test("an audit event names resource servers within bounds, and counts the others")
    func noted() {
        #expect(Carried().noted.isEmpty)
        var carried = Carried()
        carried.resources = ["https://one.example", "https://two.example"]
        carried.details = [["type": "linchpin_api"], ["type": "linchpin_action"], ["type": "linchpin_api"]]
        #expect(
            carried.noted == [
                .resources: "https://one.example https://two.example", .detailTypes: "linchpin_action linchpin_api",
            ])
        let long = String(repeating: "x", count: Limits.resourceServerBytes.value - 1)
        carried.resources = ["a", "b", "c", "d"].map { $0 + long }
        let named = carried.noted[.resources]?.split(separator: " ") ?? []
        #expect(named.map { $0.prefix(2) } == ["ax", "+3"])
        #expect((carried.noted[.resources]?.utf8.count ?? .max) <= Limits.resourcesNotedBytes.value + 4)
    }

    @Test("a link of before oauth-016 leads to the hour of that token")
    func earlierLink() throws {
        let hash = Base64URL.encode([UInt8](repeating: 9, count: 32))
        #expect(try Carried(stored: #"{"subject":{"hour":472222,"hash":"\#(hash)"}}"#).subject?.slot == 472_222)
    }

    @Test("a link to another token that cannot be read is no missing link")
    func brokenLink() {
        #expect(throws: HubError.self) { try Carried(stored: #"{"subject":{"hour":1}}"#) }
    }
}
