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

    /// What an action needs, as bits, so that a hundred thousand questions cost little. Written apart from the compiler.
    private struct Needs {
        let scopes: UInt64
        let rights: UInt128
    }

    /// Numbers names in the order in which they come.
    private struct Bits<Name: Hashable> {
        private(set) var names: [Name] = []
        mutating func bit(_ name: Name) -> Int {
            if let known = names.firstIndex(of: name) { return known }
            names.append(name)
            return names.count - 1
        }
    }

    @Test(
        "10,000 random sets: enough, not one scope or right too many, and the residual reach is exact",
        arguments: [true, false])
    func minimal(_ impliesRead: Bool) async throws {
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: impliesRead)
        var scopeBits = Bits<String>()
        var rightBits = Bits<Action.Permission.Right>()
        let needs = okta.actions.map { action in
            Needs(
                scopes: action.scopes.reduce(0) { $0 | 1 << UInt64(scopeBits.bit($1)) },
                rights: action.permissions.reduce(0) { $0 | 1 << UInt128(rightBits.bit($1.right)) })
        }
        try #require(scopeBits.names.count <= 64 && rightBits.names.count <= 128)
        let reads = scopeBits.names.map { name -> UInt64 in
            guard impliesRead, name.hasSuffix(".manage") else { return 0 }
            let read = scopeBits.names.firstIndex(of: name.dropLast("manage".count) + "read")
            return read.map { 1 << UInt64($0) } ?? 0
        }
        func works(_ chosen: [Int], _ scopes: UInt64, _ rights: UInt128) -> Bool {
            let reached = reads.indices.reduce(scopes) { $0 | (scopes >> UInt64($1) & 1 == 1 ? reads[$1] : 0) }
            return chosen.allSatisfy { needs[$0].scopes & ~reached == 0 && needs[$0].rights & ~rights == 0 }
        }
        var dice = SeededDice(seed: impliesRead ? 1 : 2)
        for turn in 0..<5_000 {
            // The others have their turn too.
            await Task.yield()
            let chance = dice.next() % 16 + 1
            let chosen = okta.actions.indices.filter { _ in dice.next() % 16 < chance }
            let grant = compiler.compile(Set(chosen.map { okta.actions[$0].key }))
            let scopes = grant.scopes.map { UInt64(1) << UInt64(scopeBits.bit($0.name)) }
            let rights =
                grant.permissions.map { UInt128(1) << UInt128(rightBits.bit(.permission($0.need.name))) }
                + grant.standardRoles.map { UInt128(1) << UInt128(rightBits.bit(.standardRole($0.need.name))) }
            let (allScopes, allRights) = (scopes.reduce(UInt64(0), |), rights.reduce(UInt128(0), |))
            try #require(works(chosen, allScopes, allRights), "not enough: set \(turn)")
            for bit in scopes {
                try #require(!works(chosen, allScopes & ~bit, allRights), "a scope too many: set \(turn)")
            }
            for bit in rights {
                try #require(!works(chosen, allScopes, allRights & ~bit), "a right too many: set \(turn)")
            }
            let beyond = okta.actions.indices.filter { !chosen.contains($0) && works([$0], allScopes, allRights) }
            try #require(grant.reach.actions == beyond.map { okta.actions[$0].key }, "residual reach: set \(turn)")
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
