import Core
import Ports
import Testing

@testable import Spokes

/// The least grant, judged by brute force on Okta's own spoke.
@Suite struct GrantTests {
    let okta: Spoke

    init() throws {
        let catalogue = try SpokeCatalogue.load(operatorFiles: [])
        okta = try #require(catalogue.spoke("okta"))
    }

    /// What a provider that sees implied scopes as told would let happen; written apart from the compiler.
    private func allows(
        _ action: Action, scopes: Set<String>, rights: Set<Action.Permission.Right>, impliesRead: Bool
    ) -> Bool {
        let hasScopes = action.scopes.allSatisfy { wanted in
            scopes.contains(wanted)
                || (impliesRead && wanted.hasSuffix(".read")
                    && scopes.contains(wanted.dropLast(".read".count) + ".manage"))
        }
        return hasScopes && action.permissions.allSatisfy { rights.contains($0.right) }
    }

    private func rights(_ grant: Grant) -> Set<Action.Permission.Right> {
        Set(grant.permissions.map { .permission($0.need.name) })
            .union(grant.standardRoles.map { .standardRole($0.need.name) })
    }

    @Test(
        "10,000 random sets: enough, not one scope or right too many, and the residual reach is exact",
        arguments: [
            true, false,
        ])
    func minimal(_ impliesRead: Bool) {
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: impliesRead)
        var dice = SeededDice(seed: impliesRead ? 1 : 2)
        for _ in 0..<5_000 {
            let chance = dice.next() % 16 + 1
            let chosen = Set(okta.actions.map(\.key).filter { _ in dice.next() % 16 < chance })
            let grant = compiler.compile(chosen)
            let scopes = Set(grant.scopes.map(\.name))
            let rights = rights(grant)
            let actions = okta.actions.filter { chosen.contains($0.key) }
            func works(_ scopes: Set<String>, _ rights: Set<Action.Permission.Right>) -> Bool {
                actions.allSatisfy { allows($0, scopes: scopes, rights: rights, impliesRead: impliesRead) }
            }
            guard works(scopes, rights) else { Issue.record("not enough for \(chosen.sorted())"); return }
            for scope in scopes where works(scopes.subtracting([scope]), rights) {
                Issue.record("\(scope) is too many for \(chosen.sorted())")
                return
            }
            for right in rights where works(scopes, rights.subtracting([right])) {
                Issue.record("\(right) is too many for \(chosen.sorted())")
                return
            }
            let beyond = okta.actions.filter {
                !chosen.contains($0.key) && allows($0, scopes: scopes, rights: rights, impliesRead: impliesRead)
            }
            guard grant.reach.actions == beyond.map(\.key) else {
                Issue.record("the residual reach of \(chosen.sorted()) is not \(grant.reach.actions)")
                return
            }
        }
    }

    @Test("every action of the spoke: the scopes of the vendor's template, and the tenth for the schema alone")
    func everything() {
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: false)
        let all = compiler.compile(Set(okta.actions.map(\.key)))
        #expect(
            all.scopes.map(\.name) == [
                "okta.apps.manage", "okta.apps.read", "okta.eventHooks.manage", "okta.eventHooks.read",
                "okta.groups.manage", "okta.groups.read", "okta.logs.read", "okta.schemas.read", "okta.users.manage",
                "okta.users.read",
            ])
        #expect(all.reach.actions == [])
        let schema = all.scopes.first { $0.name == "okta.schemas.read" }
        #expect(schema?.neededBy.count == 1)
    }

    @Test("no scope says \"no Delete User\": one action under it reaches 44 further operations, 11 deletions")
    func reach() {
        let grant = GrantCompiler(spoke: okta, trustsImpliedScopes: false).compile(["suspend_user"])
        #expect(grant.scopes.map(\.name) == ["okta.users.manage"])
        #expect(grant.resources.map(\.name) == ["users"])
        #expect(grant.reach.operations == 44)
        #expect(grant.reach.deletions == 11)
    }

    @Test("the gate takes a scope for those that it implies, or the least grant would not be enough")
    func gate() throws {
        let credential = ResolvedCredential(
            id: CredentialID("1"), name: "okta-app", kind: "oauth", secret: Secret("x"),
            token: OutsideToken(scopes: ["okta.users.manage"]))
        let lookUp = try #require(okta.action("lookup_user"))
        let groups = try #require(okta.action("get_groups"))
        #expect(Gate.missingScopes(credential, lookUp, of: okta) == [])
        #expect(Gate.missingScopes(credential, groups, of: okta) == ["okta.groups.read"])
    }

    @Test("nothing chosen needs nothing and reaches nothing")
    func nothing() {
        let grant = GrantCompiler(spoke: okta, trustsImpliedScopes: true).compile([])
        #expect(grant.scopes == [] && grant.permissions == [] && grant.standardRoles == [] && grant.resources == [])
        #expect(grant.reach.operations == 0)
    }

    @Test(
        "the table holds what Okta's description of that version has",
        arguments: [
            ("okta.users.manage", 45, 11), ("okta.users.read", 26, 0), ("okta.apps.manage", 43, 11),
        ])
    func table(_ scope: String, _ operations: Int, _ deletions: Int) throws {
        let table = try #require(okta.operations)
        #expect(table.count == 723)
        #expect(Set(table.flatMap(\.scopes)).count == 109)
        let held = table.filter { $0.scopes.contains(scope) }
        #expect(held.count == operations)
        #expect(held.count { $0.method == "DELETE" } == deletions)
    }

    @Test("the set-up names what the grant has, leaves out what it has not, and shows what a person has to fill")
    func setUp() throws {
        let setUp = try #require(okta.setUp)
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: true)
        let few = SetUpGuide(
            setUp: setUp, grant: compiler.compile(["suspend_user"]),
            words: [.name: "okta-prod", .redirect: "https://hub.example/oauth_redirect.do"])
        let texts = (few.json["steps"]?.array ?? []).flatMap { $0["copy"]?.array ?? [] }.compactMap {
            $0["text"]?.string
        }
        #expect(texts.contains("okta.users.manage"))
        #expect(texts.contains("https://hub.example/oauth_redirect.do"))
        let steps = few.json["steps"]?.array ?? []
        #expect(steps.contains { $0["says"]?.string?.contains("ACCOUNT") == true })
        #expect(!steps.contains { $0["says"]?.string?.contains("%") == true })
        let terraform = few.json["terraform"]?.string ?? ""
        #expect(terraform.contains("scopes = [\"okta.users.manage\"]"))
        #expect(!terraform.contains("%"))
        let none = SetUpGuide(setUp: setUp, grant: compiler.compile([]), words: [:]).json["steps"]?.array ?? []
        #expect(none.count < steps.count)
    }
}

/// The same throws for the same seed.
private struct SeededDice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
