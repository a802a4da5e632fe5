import Access
import Core
import Ports
import Testing

/// SplitMix64, so that a failure names a seed that repeats it.
struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(sides))
    }
    mutating func some(_ names: [String]) -> Set<String> { Set(names.filter { _ in roll(2) == 0 }) }
    mutating func one<T>(_ items: [T]) -> T { items[roll(items.count)] }
}

extension Question {
    static func random(_ dice: inout Dice) -> Question {
        let scopes = ["s1", "s2", "s3"]
        let paths = ["/api/now/table/a", "/api/now/table/*", "/api/now/table/**", "/api/linchpin/v1/clients", "/**"]
        let rules = (0..<dice.roll(6)).map { _ in
            ScopeRule(
                scope: dice.one(scopes), method: dice.one(["GET", "POST", "*"]), path: dice.one(paths),
                table: dice.one([nil, nil, "a", "b"]))
        }
        // What a scope asks of the sign-in stands in each of its rules.
        .map { rule in
            ScopeRule(
                scope: rule.scope, method: rule.method, path: rule.path, table: rule.table,
                maxAge: ["s2": 60, "s3": 3_600][rule.scope])
        }
        let needs: [Need] = [
            .table(name: "a", action: .read, roles: dice.some(["r1", "r2", "admin"])), .unknownTable("a"),
            .operation(name: "client.list", roles: dice.one([[.admin], [.oauthAdmin, .auditor]])),
            .everyone(because: "test"), .person(scope: "s1"),
        ]
        let now = Timestamp(epochSeconds: 1_790_000_000)
        var question = goodQuestion().with {
            $0.clientIsActive = dice.roll(3) > 0
            $0.tokenScopes = dice.some(scopes)
            $0.clientScopes = dice.some(scopes)
            $0.isRevoked = dice.roll(4) == 0
            $0.isOfPerson = dice.roll(2) == 0
            $0.boundTo = dice.one([nil, nil, "k1"])
            $0.certificate = dice.one([nil, nil, "c1"])
            $0.resources = dice.one([
                [], [], ["https://other.example"], ["https://other.example", "https://hub.example"],
            ])
            $0.signedInAt = dice.one([nil, now, now.adding(seconds: -600)])
            $0.details = dice.one([
                nil, nil, [], [detail(["type": "linchpin_api", "actions": ["GET"], "datatypes": ["a"]])],
            ])
            $0.expiresAt = now.adding(seconds: Int64(dice.roll(3)) - 1)
            $0.user =
                dice.roll(4) == 0
                ? nil
                : user(
                    active: dice.roll(3) > 0, locked: dice.roll(3) == 0,
                    roles: dice.some(["r1", "r2", "auditor", "admin"]))
        }
        switch dice.roll(8) {
        case 0: question.caller = .nobody
        case 1: question.caller = .unreadable(reason: "no scheme")
        case 2: question.caller = .socket(.socket(uid: 1))
        case 3: question.caller = .token(.unknown)
        default: break
        }
        question.possession = dice.one([
            .nothing, .nothing, .supposed, .shown(thumbprint: "k1"), .shown(thumbprint: "k2"),
            .refused(.dpopUsed, why: "it was used before"),
        ])
        question.certificate = dice.one([nil, nil, "c1", "c2"])
        question.hub = "https://hub.example"
        question.scopeRules = rules
        question.need = dice.one(needs)
        question.method = dice.one(["GET", "HEAD", "POST"])
        question.path = dice.one(["/api/now/table/a", "/api/now/table/a/1", "/api/linchpin/v1/clients"])
        question.now = now
        return question
    }

    /// The world after one change.
    func after(_ change: Change) -> Question {
        switch change {
        case .presentToken(let scope, let role):
            return asking {
                $0.caller = goodQuestion().caller
                $0.possession = .nothing
            }.with {
                $0.tokenScopes = Set([scope, "new"].compactMap { $0 })
                $0.clientScopes = $0.tokenScopes
                $0.user = user(roles: Set([role, "new"].compactMap { $0 }))
                $0.expiresAt = now.adding(seconds: 60)
                $0.isOfPerson = true
                $0.signedInAt = now
            }
        case .newToken(let asked): return withNewToken { $0.tokenScopes.formUnion(asked) }
        case .newTokenForHub: return withNewToken { $0.resources = [] }
        case .signInAgain: return withNewToken { $0.signedInAt = now }
        case .coverByDetails(let method, let path):
            return withNewToken {
                $0.details = [
                    detail([
                        "type": "linchpin_api", "actions": [.string(method == "HEAD" ? "GET" : method)],
                        "paths": [.string(path)],
                    ])
                ]
            }
        case .proveKey:
            return asking { $0.possession = .shown(thumbprint: caller.boundTo ?? "") }
        case .showCertificate: return asking { $0.certificate = caller.certificate }
        case .sendAsBearer: return asking { $0.possession = .nothing }
        case .activateClient: return with { $0.clientIsActive = true }
        case .assignUser(let role, _): return with { $0.user = user(roles: Set([role, "new"].compactMap { $0 })) }
        case .activateUser: return changingUser { user(active: true, locked: $0.isLocked, roles: $0.roles) }
        case .unlockUser: return changingUser { user(active: $0.isActive, locked: false, roles: $0.roles) }
        case .grantScope(let scope, _): return with { $0.clientScopes.insert(scope) }
        case .defineScope(let method, let path):
            return asking {
                $0.scopeRules.append(
                    ScopeRule(scope: "new", method: method == "HEAD" ? "GET" : method, path: path))
            }.with {
                $0.tokenScopes.insert("new")
                $0.clientScopes.insert("new")
            }
        case .grantRole(let role, _):
            return changingUser { user(active: $0.isActive, locked: $0.isLocked, roles: $0.roles.union([role])) }
        case .callAsUser(let role):
            // The caller on the socket becomes one who holds every scope of the rules.
            return after(.presentToken(scope: nil, role: role)).with {
                $0.tokenScopes.formUnion(scopeRules.map(\.scope))
                $0.clientScopes.formUnion(scopeRules.map(\.scope))
            }.asking { $0.scopeRules.append(ScopeRule(scope: "new", method: "*", path: "/**")) }
        case .askPerson(let scope):
            if case .socket = caller { return after(.presentToken(scope: scope, role: nil)) }
            return with { $0.isOfPerson = true }
        case .openToRole, .createTable: return opened()
        // Only sessions and pages are told these; they are not drawn here.
        case .signIn, .callFromPage: return self
        }
    }

    private func withNewToken(_ change: (inout TokenFacts.Issued) -> Void) -> Question {
        with {
            change(&$0)
            $0.isRevoked = false
            $0.expiresAt = now.adding(seconds: 60)
        }
    }

    private func opened() -> Question {
        asking {
            $0.need = .table(name: "a", action: .read, roles: ["new"])
            if case .socket(let principal) = caller {
                $0.caller = .socket(
                    Principal(
                        user: nil, userName: principal.userName, client: nil, clientName: "-",
                        roles: principal.roles.union(["new"]), scopes: nil, method: .socket))
            }
        }.changingUser { user(active: $0.isActive, locked: $0.isLocked, roles: $0.roles.union(["new"])) }
    }

    private func changingUser(_ change: (UserFacts) -> UserFacts) -> Question {
        with { if let user = $0.user { $0.user = change(user) } }
    }
}

@Test("the changes flip a refusal, and no proper subset of them does", arguments: 1...20)
func flipIsMinimal(seed: UInt64) {
    var dice = Dice(state: seed)
    var refusals = 0
    for round in 0..<500 {
        let question = Question.random(&dice)
        let decision = Access.decide(question)
        let flip = decision.flip
        #expect(flip.isEmpty == decision.isAllowed)
        if decision.isAllowed { continue }
        refusals += 1
        for subset in 0..<(1 << flip.count) {
            let world = flip.indices.filter { subset & (1 << $0) != 0 }.reduce(question) { $0.after(flip[$1]) }
            let isAll = subset == (1 << flip.count) - 1
            let after = Access.decide(world)
            guard after.isAllowed == isAll else {
                Issue.record(
                    "seed \(seed) round \(round) subset \(subset): \(decision.json.text()) -> \(after.json.text())")
                return
            }
        }
    }
    #expect(refusals > 200)
}

@Test("a right that was withdrawn never helps: fewer scopes, roles or rules allow nothing more", arguments: 1...10)
func lessNeverAllowsMore(seed: UInt64) {
    var dice = Dice(state: seed &+ 1_000)
    for _ in 0..<500 {
        let question = Question.random(&dice)
        guard !Access.decide(question).isAllowed else { continue }
        let less = question.with {
            $0.tokenScopes.subtract(dice.some(["s1", "s2", "s3"]))
            $0.clientScopes.subtract(dice.some(["s1", "s2", "s3"]))
            if dice.roll(2) == 0 { $0.details?.removeAll() }
            if dice.roll(2) == 0 { $0.signedInAt = nil }
        }.asking { $0.scopeRules.removeAll { _ in dice.roll(3) == 0 } }
        #expect(!Access.decide(less).isAllowed)
    }
}

@Test(
    "a change names its command where one makes it, and where its names can stand in it",
    arguments: [
        (Change.grantScope("hr.read", toClient: "HR system"), "linchpin client add-scope 'HR system' hr.read"),
        (.assignUser(role: nil, toClient: "hr"), "linchpin client update hr --user NAME"),
        (.defineScope(method: "GET", path: "/a/b"), "linchpin scope create NAME --rule 'GET /a/b'"),
        (.defineScope(method: "GET", path: "/$(id)"), "linchpin scope create NAME --rule 'GET /$(id)'"),
        (.defineScope(method: "GET", path: "/api/now/table/**"), nil), (.defineScope(method: "GET", path: "/a/*"), nil),
        (.defineScope(method: "GET", path: "/" + String(repeating: "x", count: 61)), nil),
        (.grantRole("hr_reader", toUser: "mara"), "linchpin role grant hr_reader --user mara"),
        (.grantRole("admin", toUser: "mara"), nil), (.grantScope("useraccount", toClient: "hr"), nil),
        (.grantRole("hr_reader", toUser: "--group"), nil),
        (.createTable("incident"), "linchpin table create incident --column COLUMN"),
        (.createTable(String(repeating: "x", count: 61)), nil), (.activateClient("-x"), nil), (.sendAsBearer, nil),
    ] as [(Change, String?)])
func command(_ change: Change, _ command: String?) {
    #expect(change.command == command)
    #expect(change.json["command"]?.string == command)
}

extension Caller {
    fileprivate var boundTo: String? {
        if case .token(.found(let issued)) = self { issued.boundTo } else { nil }
    }
    fileprivate var certificate: String? {
        if case .token(.found(let issued)) = self { issued.certificate } else { nil }
    }
}
