import Core
import Ports
import Spokes
import Storage
import TestSupport
import Testing
import Vault

@testable import Hub

@Suite("Rotation of secrets and keys through the provider's API, against the sandbox over HTTP")
struct ProviderRotationHTTPTests {
    @Test(
        "added, tested, switched; after the overlap the old one is gone at the provider and here",
        arguments: TestStore.allCases, ClientProof.allCases)
    func whole(_ store: TestStore, _ proof: ClientProof) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await RotationSite(test, proof)
            let old = try await site.ids()
            let begun = try await site.rotate(["through": "okta-admin", "overlap_seconds": 3_600])
            #expect(begun["complete"] == false && begun["done"]?.array?.count == 3, "\(begun)")
            var shown = try await site.shown()
            #expect(shown["secret"] == "sealed, version 2" && shown.value(at: "/rotation/stage") == "switched")
            #expect(shown.value(at: "/rotation/at_provider") == "open")
            let both = try await site.ids()
            #expect(both.count == 2 && both.first == old.first)
            #expect(try await site.works())
            let again = try await site.rotate()
            #expect(again["done"] == [] && again["old_stays_until"] == begun["old_stays_until"], "\(again)")
            test.clock.advance(seconds: 3_600)
            let ended = try await site.rotate()
            #expect(ended["complete"] == true, "\(ended)")
            #expect(try await site.ids() == [both[1]])
            shown = try await site.shown()
            #expect(shown.value(at: "/rotation/stage") == "idle" && shown.value(at: "/rotation/at_provider") == "idle")
            #expect(try await site.works())
            try await test.settle()
            let events = try await test.admin.call("GET", "/audit-events?action=credential.rotated")
            let steps = (events["items"]?.array ?? []).compactMap { $0.value(at: "/details/step")?.string }
            #expect(
                steps.sorted() == [
                    "add-at-provider", "add-successor", "retire", "retire-at-provider", "switch", "test-successor",
                ])
            // A secret of the sandbox is 43 characters of base64url.
            for text in [begun.text(), ended.text(), events.text(), test.logged.all.joined()] {
                #expect(text.firstMatch(of: /\b[A-Za-z0-9_-]{43}\b/) == nil)
                #expect(!text.contains("PRIVATE KEY"))
            }
            guard proof == .key else { return }
            let keyID = shown.value(at: "/settings/key_id")?.string ?? "-"
            #expect(keyID.hasPrefix("linchpin-"), "the settings name the key that is in use")
            #expect(try await site.listed("kid") == [keyID])
        }
    }

    /// An interruption: which request fails and how, counted from the first about the secrets of that run.
    struct Break: Sendable, CustomTestStringConvertible {
        let name: String
        let fault: JSON
        /// How many secrets there are afterwards.
        let left: Int
        var testDescription: String { name }
    }

    @Test(
        "interrupted while the successor is made: another run settles it by a list, and there is never a third",
        arguments: [
            Break(name: "the answer got lost", fault: ["fault": "drop"], left: 2),
            Break(name: "out of order, nothing made", fault: ["fault": "status", "status": 500], left: 1),
            Break(name: "a page of a proxy", fault: ["fault": "html", "status": 502], left: 1),
        ], ClientProof.allCases)
    func interruptedAdding(_ row: Break, _ proof: ClientProof) async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test, proof)
            let old = try await site.ids()
            // The first request lists.
            try await site.order(row.fault, after: 1, path: site.path)
            let reason = await site.refusal()
            #expect(!reason.hasPrefix("passed") && reason != "no_room", "\(reason)")
            let between = try await site.ids()
            #expect(between.count == row.left)
            #expect(try await site.shown()["secret"] == "sealed, version 1")
            #expect(try await site.shown().value(at: "/rotation/at_provider") == "adding")
            #expect(try await site.works(), "the old one is in use as before")
            let rest = try await site.rotate()
            #expect(rest["complete"] == false, "\(rest)")
            let after = try await site.ids()
            #expect(after.count == 2 && after.first == old.first && !between.dropFirst().contains(after[1]))
            #expect(try await site.shown().value(at: "/rotation/stage") == "switched")
            #expect(try await site.works())
        }
    }

    @Test(
        "interrupted while the old one is taken away: another run finds it gone, or off, and ends", arguments: [1, 2],
        ClientProof.allCases)
    func interruptedRetiring(_ done: Int64, _ proof: ClientProof) async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test, proof)
            let old = try #require(try await site.ids().first)
            try await site.rotate(["through": "okta-admin", "overlap_seconds": 60])
            test.clock.advance(seconds: 60)
            // Deactivate, then delete: the last of so many is done, and its answer gets lost.
            try await site.order(["fault": "drop"], after: done - 1, path: "\(site.path)/\(old)")
            let reason = await site.refusal()
            #expect(!reason.hasPrefix("passed"), "\(reason)")
            #expect(try await site.shown().value(at: "/rotation/stage") == "switched")
            #expect(try await site.rotate()["complete"] == true)
            #expect(try await site.ids().contains(old) == false)
            #expect(try await site.shown().value(at: "/rotation/stage") == "idle")
            #expect(try await site.works())
        }
    }

    @Test("no room, and secrets that somebody else made: said, and nothing of theirs is touched")
    func foreign() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test)
            let further = try await site.tenant.ask("POST", site.path)["id"]?.string ?? "-"
            let full = try await site.ids()
            #expect(await site.refusal() == "no_room")
            #expect(try await site.ids() == full)
            do { try await site.rotate() } catch let error as HubError {
                #expect(
                    error.message.contains("\(further) of 20"), "when it was made tells them apart: \(error.message)")
            }
            #expect(try await site.shown().value(at: "/rotation/at_provider") == "idle")
            try await site.takeAway(further)
            // Asked for, and nothing made; long after, a person makes one by hand.
            try await site.order(["fault": "status", "status": 500], after: 1, path: site.path)
            _ = await site.refusal()
            test.clock.advance(seconds: 3_600)
            try await site.tenant.ask("POST", site.path)
            let theirs = try await site.ids()
            #expect(await site.refusal() == "secrets_unexpected")
            #expect(try await site.ids() == theirs)
        }
    }

    @Test(
        "keys of others stay as they are, also in a doubt; which one is in use is said, and there is room for one more")
    func otherKeys() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test, .key)
            let first = try await site.ids()
            let theirs = try await site.addKey("theirs")
            for (keyID, reason) in [
                (JSON.null, "key_id_missing"), ("another", "no_key_there"), ("theirs", "no_key_there"),
            ] {
                _ = try await test.admin.call("PATCH", "/credentials/okta-app", ["settings": ["key_id": keyID]])
                #expect(await site.refusal() == reason)
            }
            _ = try await test.admin.call(
                "PATCH", "/credentials/okta-app", ["settings": ["key_id": .string(RotationSite.firstKeyID)]])
            try await site.order(["fault": "drop"], after: 1, path: site.path)
            #expect(await !site.refusal().hasPrefix("passed"))
            let lost = try #require(try await site.ids().last)
            let later = try await site.addKey("made in the doubt")
            test.clock.advance(seconds: 60)
            #expect(try await site.rotate(["through": "okta-admin", "overlap_seconds": 0])["complete"] == true)
            let after = try await site.ids()
            #expect(after.count == 3 && Array(after.prefix(2)) == [theirs, later], "\(after), \(first), \(lost)")
            #expect(try await site.works())
            for number in after.count..<50 { try await site.addKey("k-\(number)") }
            test.clock.advance(seconds: 60)
            #expect(await site.refusal() == "no_room")
            #expect(try await site.ids().count == 50)
        }
    }

    @Test(
        "after somebody went back nothing goes on; the dropped successor is taken away at the provider",
        arguments: ClientProof.allCases)
    func goneBack(_ proof: ClientProof) async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test, proof)
            let old = try await site.ids()
            try await site.rotate()
            try await test.post("/credentials/okta-app/go-back", [:])
            #expect(await site.refusal() == "gone_back")
            #expect(try await site.ids().count == 2)
            #expect(try await site.works())
            try await test.post("/credentials/okta-app/drop-successor", [:])
            #expect(try await site.rotate()["complete"] == true)
            #expect(try await site.ids() == old)
            #expect(try await site.works())
        }
    }

    @Test("by itself: ahead of its age, then after the overlap; a failure is a finding and comes back later")
    func byItself() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test)
            _ = try await test.admin.call(
                "PATCH", "/credentials/okta-app", ["max_age_days": 30, "rotate_through": "okta-admin"])
            let watch = RotationWatch(parts: test.hub.parts)
            #expect(try await watch.tick() == 0)
            let further = try await site.tenant.ask("POST", site.path)["id"]?.string ?? "-"
            test.clock.advance(seconds: 23 * 86_400)
            #expect(try await watch.tick() == 1)
            let failed = try await site.shown()
            #expect(failed.value(at: "/findings/0/reason") == "rotation_failed", "\(failed)")
            #expect(failed.value(at: "/findings/0/says")?.string?.contains("no room") == true)
            #expect(try await watch.tick() == 0, "not before its time")
            test.clock.advance(seconds: Int64(Limits.rotationRetrySeconds.value))
            #expect(try await watch.tick() == 1)
            try await site.takeAway(further)
            test.clock.advance(seconds: 2 * Int64(Limits.rotationRetrySeconds.value))
            #expect(try await watch.tick() == 1)
            let switched = try await site.shown()
            #expect(switched.value(at: "/rotation/stage") == "switched" && switched["findings"] == [], "\(switched)")
            #expect(try await watch.tick() == 0, "the old one stays for the overlap")
            test.clock.advance(seconds: Int64(Limits.rotationOverlapSeconds.value))
            #expect(try await watch.tick() == 1)
            #expect(try await site.shown().value(at: "/rotation/stage") == "idle")
            #expect(try await site.ids().count == 1)
            #expect(try await watch.tick() == 0)
        }
    }

    @Test("of two at once one rotates; with an administrator's token no other connection is needed")
    func alone() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test)
            let id = try await site.shown()["id"]?.string ?? "-"
            let parts = test.hub.parts
            try await parts.database.write(.bookkeeping("another hub rotates")) { writer in
                _ = try Lease.acquire("rotation:\(id)", holder: "other", at: test.clock.now, seconds: 600, in: writer)
            }
            let given: JSON = ["administrator_token": .string(OktaTenant.administratorToken), "overlap_seconds": 0]
            #expect(await site.refusal(given) == "rotation_running")
            #expect(try await site.ids().count == 1)
            test.clock.advance(seconds: 601)
            #expect(try await site.rotate(given)["complete"] == true)
            #expect(try await site.ids().count == 1)
            #expect(try await site.shown()["secret"] == "sealed, version 2")
        }
    }

    @Test("refusals: which credential, which connection, which scope, who")
    func refusals() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await RotationSite(test)
            #expect(await site.refusal([:]) == "rotate_through_missing")
            #expect(await site.refusal(["through": "okta"]) == "scope_missing")
            #expect(await site.refusal(["administrator_token": "SSWS 00wrong"]) == "credential_refused")
            try await test.post(
                "/connections",
                [
                    "name": "elsewhere", "spoke": "okta", "url": "https://elsewhere.example",
                    "credentials": ["admin-key"], "actions": ["users_stream"],
                ])
            #expect(await site.refusal(["through": "elsewhere"]) == "connection_elsewhere")
            let key = await failure {
                try await test.post("/credentials/admin-key/rotate", ["through": "okta-admin"])
            }
            #expect(key?.reason == "not_by_itself")
            _ = try await test.admin.call("PATCH", "/credentials/okta-app", ["rotate_through": "okta-admin"])
            let used = await failure { try await test.admin.call("DELETE", "/connections/okta-admin") }
            #expect(used?.reason == "connection_in_use")
            let caller = try await test.caller("sealer", roles: ["credential_admin"], scopes: [.administration])
            for (method, path, body) in [
                ("POST", "/credentials/okta-app/rotate", [:]),
                ("PATCH", "/credentials/okta-app", ["settings": ["client_id": "0oaAnother"]]),
            ] as [(String, String, JSON)] {
                let refused = try await test.send(method, "/api/linchpin/v1" + path, token: caller.token, json: body)
                #expect(refused.status == 403 && refused.text.contains("connection_admin_needed"), "\(refused.text)")
            }
            #expect(try await site.ids().count == 1)
        }
    }

    @Test("what a list says of a successor whose making got no answer")
    func settlement() {
        let since = Timestamp(epochSeconds: 1_000_000)
        func secret(_ id: String, _ after: Int64?) -> ProviderSecret {
            ProviderSecret(id: id, createdAt: after.map { since.adding(seconds: $0) }, isActive: true)
        }
        let old = secret("old", -86_400)
        #expect(Settlement([old], old: "old", since: since) == .nothingMade)
        #expect(Settlement([], old: "old", since: since) == .nothingMade)
        #expect(Settlement([old, secret("new", 1)], old: "old", since: since) == .lost("new"))
        #expect(Settlement([secret("new", -30)], old: "old", since: since) == .lost("new"))
        #expect(Settlement([old, secret("x", 3_600)], old: "old", since: since) == .others(["x"]))
        #expect(Settlement([old, secret("x", nil)], old: "old", since: since) == .others(["x"]))
        #expect(
            Settlement([old, secret("new", 1), secret("x", 2)], old: "old", since: since) == .others(["new", "x"]))
        func key(_ id: String, _ keyID: String?) -> ProviderSecret {
            ProviderSecret(
                id: id, createdAt: nil, publicKey: ["kid": keyID.map { .string($0) } ?? .null], isActive: true)
        }
        let keys = [key("old", "k1"), key("x", "theirs"), key("y", nil)]
        #expect(Settlement(keys, old: "old", since: since, keyID: "k2") == .nothingMade)
        #expect(Settlement(keys + [key("new", "k2")], old: "old", since: since, keyID: "k2") == .lost("new"))
        #expect(Settlement(keys, old: "old", since: since, keyID: "k1") == .nothingMade, "never the one in use")
    }
}
