import Core
import Testing

@testable import Hub

@Suite("Rotation at the provider while somebody else changes things there") struct RotationMeddlingTests {
    @Test("the only secret that authenticates there is not taken away, though another one is in use here")
    func lastOne() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test)
            let rotation: JSON = ["through": "okta-admin", "overlap_seconds": 60]
            try await site.rotate(rotation)
            let both = try await site.ids()
            let successor = try #require(both.last)
            #expect(both.count == 2)
            try await site.tenant.ask("POST", "\(site.path)/\(successor)/lifecycle/deactivate")
            test.clock.advance(seconds: 60)
            #expect(await site.refusal(rotation) == "last_one_there")
            #expect(try await site.ids() == both)
            #expect(try await site.shown().value(at: "/rotation/stage") == "switched")
            try await site.tenant.ask("POST", "\(site.path)/\(successor)/lifecycle/activate")
            #expect(try await site.rotate(rotation)["complete"] == true)
            #expect(try await site.ids() == [successor])
        }
    }
}
