import Access
import Core
import Ports
import TestSupport
import Testing

let rules = [
    ScopeRule(scope: "incident.read", method: "GET", path: "/api/now/table/incident/**"),
    ScopeRule(scope: "tables.read", method: "GET", path: "/api/now/table/**"),
    ScopeRule(scope: "tables.read", method: "GET", path: "/api/now/stats/**"),
    ScopeRule(scope: "admin.clients", method: "*", path: "/api/linchpin/v1/clients/**"),
]

/// A call that is allowed; tests change one thing of it.
func goodQuestion() -> Question {
    let now = TestEffects().now
    let user = UserFacts(
        id: UserID("u1"), name: "svc.hr", isActive: true, isLocked: false, isWebServiceOnly: true,
        roles: ["hr_reader"])
    let issued = TokenFacts.Issued(
        client: ClientID("c1"), clientName: "hr-system", clientIsActive: true, tokenScopes: ["incident.read"],
        clientScopes: ["incident.read"], user: user, issuedAt: now.adding(seconds: -60),
        expiresAt: now.adding(seconds: 60), isRevoked: false)
    return Question(
        method: "GET", path: "/api/now/table/incident",
        need: .table(name: "incident", action: .read, roles: ["admin", "hr_reader"]), caller: .token(.found(issued)),
        scopeRules: rules, now: now)
}

extension Question {
    /// The same question with another token.
    func with(_ change: (inout TokenFacts.Issued) -> Void) -> Question {
        guard case .token(.found(var issued)) = caller else { return self }
        change(&issued)
        var changed = self
        changed.caller = .token(.found(issued))
        return changed
    }
    func asking(_ change: (inout Question) -> Void) -> Question {
        var changed = self
        change(&changed)
        return changed
    }
}

func user(active: Bool = true, locked: Bool = false, roles: Set<String> = ["hr_reader"]) -> UserFacts {
    UserFacts(
        id: UserID("u1"), name: "svc.hr", isActive: active, isLocked: locked, isWebServiceOnly: true, roles: roles)
}

/// One refusal: the question, the reason, the deciding check, and what would change it.
struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let question: Question
    let reason: Reason
    let deciding: Check.Name
    let flip: String
    var testDescription: String { name }

    init(_ name: String, _ question: Question, _ reason: Reason, _ deciding: Check.Name, _ flip: String) {
        (self.name, self.question, self.reason, self.deciding, self.flip) = (name, question, reason, deciding, flip)
    }
}

@Test(
    "what else a token may read: what a rule of a scope that counts covers",
    arguments: [
        ("incident", nil, true), ("incident", "1", true), ("hr_leaver", nil, false), ("asset", nil, false),
        ("asset", "1", true), ("incident/../x", nil, false),
    ] as [(String, String?, Bool)])
func reach(table: String, record: String?, isCovered: Bool) {
    var question = goodQuestion().with {
        $0.tokenScopes = ["incident.read", "one", "tables.read"]
        $0.clientScopes = ["incident.read", "one"]
    }
    question.scopeRules += [
        ScopeRule(scope: "one", method: "*", path: "/api/now/table/asset/*"),
        ScopeRule(scope: "one", method: "POST", path: "/api/now/table/hr_leaver"),
        ScopeRule(scope: "one", method: "GET", path: "/api/now/table/hr_leaver", table: "incident"),
    ]
    #expect(Access.decide(question).reach.covers(table, record) == isCovered)
    question.caller = .token(.unknown)
    #expect(!Access.decide(question).reach.covers(table, record))
    question.caller = .socket(.socket(uid: 0))
    let all = Access.decide(question).reach
    #expect(all.covers("hr_leaver"))
}

@Test("a call that is allowed") func allowed() throws {
    let decision = Access.decide(goodQuestion())
    #expect(decision.isAllowed)
    #expect(decision.reason == nil)
    #expect(decision.flip.isEmpty)
    #expect(decision.checks.map(\.name) == Check.Name.allCases)
    #expect(decision.checks.allSatisfy { $0.outcome == .passed })
    #expect(decision.principal?.scopes == ["incident.read"])
    #expect(decision.principal?.client == ClientID("c1"))
    #expect(decision.json["allowed"] == true)
}

@Test(
    "refusals",
    arguments: [
        Refusal(
            "nobody", goodQuestion().asking { $0.caller = .nobody }, .noCredential, .credential,
            "a Bearer token of this hub with scope incident.read, of a user with role hr_reader"),
        Refusal(
            "an unreadable header", goodQuestion().asking { $0.caller = .unreadable(reason: "no scheme") },
            .credentialUnreadable, .credential,
            "a Bearer token of this hub with scope incident.read, of a user with role hr_reader"),
        Refusal(
            "an unknown token", goodQuestion().asking { $0.caller = .token(.unknown) }, .tokenUnknown, .token,
            "a Bearer token of this hub with scope incident.read, of a user with role hr_reader"),
        Refusal(
            "a token at the very moment of its end", goodQuestion().asking { $0.now = $0.now.adding(seconds: 60) },
            .tokenExpired, .token, "a new token"),
        Refusal("a revoked token", goodQuestion().with { $0.isRevoked = true }, .tokenRevoked, .token, "a new token"),
        Refusal(
            "RFC 9449 §7.2: a bound token as a Bearer token", goodQuestion().with { $0.boundTo = "k" }, .tokenBound,
            .binding, "a fresh DPoP proof of the key that the token is bound to"),
        Refusal(
            "RFC 9449 §4.3 (12): a proof of another key",
            goodQuestion().with { $0.boundTo = "k" }.asking { $0.possession = .shown(thumbprint: "l") }, .dpopOtherKey,
            .binding, "a fresh DPoP proof of the key that the token is bound to"),
        Refusal(
            "RFC 9449 §7.1: a proof that is not accepted",
            goodQuestion().with { $0.boundTo = "k" }.asking {
                $0.possession = .refused(.dpopUsed, why: "it was used before")
            }, .dpopUsed, .binding, "a fresh DPoP proof of the key that the token is bound to"),
        Refusal(
            "RFC 8705 §3: no certificate", goodQuestion().with { $0.certificate = "c" }, .certificateMissing, .binding,
            "a connection that shows the client certificate which the token is bound to"),
        Refusal(
            "RFC 8705 §3: another certificate",
            goodQuestion().with { $0.certificate = "c" }.asking { $0.certificate = "d" }, .certificateOther, .binding,
            "a connection that shows the client certificate which the token is bound to"),
        Refusal(
            "a key and a certificate, of which neither is shown",
            goodQuestion().with {
                $0.boundTo = "k"
                $0.certificate = "c"
            }, .tokenBound, .binding,
            "a fresh DPoP proof of the key that the token is bound to, and a connection that shows the client "
                + "certificate which the token is bound to"),
        Refusal(
            "a bearer token with the scheme DPoP",
            goodQuestion().asking { $0.possession = .shown(thumbprint: "k") }, .tokenNotBound, .binding,
            "the scheme Bearer"),
        Refusal(
            "a client that is off", goodQuestion().with { $0.clientIsActive = false }, .clientInactive, .client,
            "client hr-system switched on"),
        Refusal(
            "no application user", goodQuestion().with { $0.user = nil }, .userMissing, .user,
            "an application user with role hr_reader on client hr-system"),
        Refusal(
            "a user that is off and locked", goodQuestion().with { $0.user = user(active: false, locked: true) },
            .userInactive, .user, "user svc.hr switched on, and user svc.hr unlocked"),
        Refusal(
            "a locked user", goodQuestion().with { $0.user = user(locked: true) }, .userLocked, .user,
            "user svc.hr unlocked"),
        Refusal(
            "a scope that the client no longer holds", goodQuestion().with { $0.clientScopes = [] }, .scopeMissing,
            .scope, "scope incident.read on client hr-system"),
        Refusal(
            "a scope that the token did not ask for", goodQuestion().with { $0.tokenScopes = [] }, .scopeMissing,
            .scope, "a new token that asks for scope incident.read"),
        Refusal(
            "a scope that neither has: the narrowest",
            goodQuestion().with {
                $0.tokenScopes = ["x"]
                $0.clientScopes = ["x"]
            }, .scopeMissing, .scope,
            "scope incident.read on client hr-system, and a new token that asks for scope incident.read"),
        Refusal(
            "no scope for the call at all", goodQuestion().asking { $0.method = "DELETE" }, .scopeMissing, .scope,
            "an auth scope that covers DELETE /api/now/table/incident"),
        Refusal(
            "default deny: administrative operations too",
            goodQuestion().asking {
                $0.path = "/api/linchpin/v1/users"
                $0.need = .operation(name: "user.list", roles: [.admin])
            }.with { $0.user = user(roles: ["admin"]) }, .scopeMissing, .scope,
            "an auth scope that covers GET /api/linchpin/v1/users"),
        Refusal(
            "a role the user lacks", goodQuestion().with { $0.user = user(roles: []) }, .roleMissing, .right,
            "role hr_reader on user svc.hr"),
        Refusal(
            "a table that nobody may read",
            goodQuestion().asking { $0.need = .table(name: "incident", action: .read, roles: []) }, .roleMissing,
            .right, "a role that may do read on table incident"),
        Refusal(
            "OpenID Connect Core 1.0 §5.3: a token that no person allowed",
            goodQuestion().asking { $0.need = .person(scope: "incident.read") }, .notOfPerson, .right,
            "a token with scope incident.read that a person allowed"),
        Refusal(
            "OpenID Connect Core 1.0 §5.3: a person's token without the scope",
            goodQuestion().asking { $0.need = .person(scope: "openid") }.with {
                ($0.isOfPerson, $0.clientScopes) = (true, ["openid", "incident.read"])
            }, .scopeMissing, .scope, "a new token that asks for scope openid"),
        Refusal(
            "an unknown table", goodQuestion().asking { $0.need = .unknownTable("incident") }, .tableUnknown, .right,
            "a table incident"),
        Refusal(
            "expired, off, locked and without scope: all at once",
            goodQuestion().asking { $0.now = $0.now.adding(seconds: 3600) }.with {
                $0.clientIsActive = false
                $0.tokenScopes = []
                $0.clientScopes = []
                $0.user = user(locked: true, roles: [])
            }, .tokenExpired, .token,
            "client hr-system switched on, and user svc.hr unlocked, and scope incident.read on client hr-system, "
                + "and a new token that asks for scope incident.read, and role hr_reader on user svc.hr"),
        Refusal(
            "the socket has administrative roles only",
            goodQuestion().asking {
                $0.caller = .socket(.socket(uid: 0))
                $0.need = .table(name: "incident", action: .read, roles: ["hr_reader"])
            }, .roleMissing, .right, "a token of a user with role hr_reader"),
    ])
func refused(_ row: Refusal) throws {
    let decision = Access.decide(row.question)
    #expect(!decision.isAllowed)
    #expect(decision.reason == row.reason)
    #expect(decision.deciding.map { decision.checks[$0].name } == row.deciding)
    #expect(decision.flipSentence == row.flip)
    #expect(decision.json["reason"] == .string(row.reason.rawValue))
    #expect(decision.json["would_pass_with"] == .string(row.flip))
}

@Suite("The scope useraccount") struct UserAccountTests {
    /// A call that no auth scope covers.
    private static func question(_ token: Set<String>, _ client: Set<String>) -> Question {
        goodQuestion().asking { $0.method = "DELETE" }.with { ($0.tokenScopes, $0.clientScopes) = (token, client) }
    }

    @Test("covers every call of a token that carries it while its client holds it, and the user's roles still count")
    func covers() {
        let held = Self.question(["useraccount"], ["useraccount"])
        #expect(Access.decide(held).isAllowed)
        #expect(Access.decide(held).coveringScope == "useraccount")
        #expect(Access.decide(held).reach.covers("hr_leaver"))
        #expect(Access.decide(held.with { $0.user = user(roles: []) }).reason == .roleMissing)
        for lost in [Self.question(["useraccount"], []), Self.question([], ["useraccount"])] {
            let decision = Access.decide(lost)
            #expect(decision.reason == .scopeMissing)
            // Nothing proposes it.
            #expect(decision.flipSentence == "an auth scope that covers DELETE /api/now/table/incident")
            #expect(!decision.reach.covers("hr_leaver"))
        }
    }

    @Test("gives way to any auth scope that covers the call") func givesWay() {
        let both: Set = ["useraccount", "incident.read", "a.all"]
        let question = goodQuestion().with { ($0.tokenScopes, $0.clientScopes) = (both, both) }
        #expect(Access.decide(question).coveringScope == "incident.read")
        let all = question.asking { $0.scopeRules = [ScopeRule(scope: "a.all", method: "*", path: "/**")] }
        #expect(Access.decide(all).coveringScope == "a.all")
    }

    @Test("RFC 9470: asks for the sign-in that any other scope asks of the call, for what references lead to as well")
    func recentSignIn() {
        let now = goodQuestion().now
        func question(_ signedIn: Timestamp?) -> Question {
            Self.question(["useraccount"], ["useraccount"]).with { $0.signedInAt = signedIn }.asking {
                $0.scopeRules = [
                    ScopeRule(scope: "hr.delete", method: "DELETE", path: "/api/now/table/incident/**", maxAge: 300),
                    ScopeRule(scope: "hr.read", method: "GET", path: "/api/now/table/hr_leaver/**", maxAge: 300),
                ]
            }
        }
        for old in [nil, now.adding(seconds: -301)] {
            let decision = Access.decide(question(old))
            #expect(decision.reason == .signInTooOld && decision.maxAge == 300)
            #expect(!decision.reach.covers("hr_leaver") && decision.reach.covers("asset"))
        }
        let recent = Access.decide(question(now.adding(seconds: -300)))
        #expect(recent.isAllowed && recent.reach.covers("hr_leaver"))
    }

    @Test("is no person's yes") func person() {
        let question = Self.question(["useraccount"], ["useraccount"]).asking { $0.need = .person(scope: "openid") }
        #expect(Access.decide(question.with { $0.isOfPerson = true }).reason == .scopeMissing)
    }
}

@Test("a rule that would cover the call with ** for its last * is named")
func nearMiss() {
    let near = ScopeRule(scope: "hub.actions", method: "POST", path: "/api/linchpin/v1/actions/*")
    let question = goodQuestion().asking {
        $0.method = "POST"
        $0.path = "/api/linchpin/v1/actions/okta.lookup_user/run"
        $0.need = .operation(name: "action.run", roles: [.admin])
        $0.scopeRules = rules + [near]
    }
    func evidence(_ question: Question) -> String {
        Access.decide(question).checks.first { $0.name == .scope }?.evidence ?? ""
    }
    #expect(evidence(question).contains("A rule of hub.actions comes near"))
    #expect(!evidence(question.asking { $0.method = "GET" }).contains("comes near"))
}

@Test("RFC 9449 §7.1: a bound token passes with a proof of its key, and where one is supposed")
func bound() {
    let question = goodQuestion().with { $0.boundTo = "k" }
    for possession in [Possession.shown(thumbprint: "k"), .supposed] {
        #expect(Access.decide(question.asking { $0.possession = possession }).isAllowed)
    }
    #expect(Access.decide(goodQuestion().asking { $0.possession = .supposed }).isAllowed)
}

@Test("RFC 8705 §3: a bound token passes with its certificate, and where one is supposed; others need none")
func certified() {
    let question = goodQuestion().with { $0.certificate = "c" }
    #expect(Access.decide(question.asking { $0.certificate = "c" }).isAllowed)
    #expect(Access.decide(question.asking { $0.possession = .supposed }).isAllowed)
    #expect(Access.decide(goodQuestion().asking { $0.certificate = "c" }).isAllowed)
}

@Test("an unknown table is no news to a caller without credential or scope")
func unknownTableStaysUnknown() {
    let question = goodQuestion().asking { $0.need = .unknownTable("incident") }
    #expect(Access.decide(question.asking { $0.caller = .nobody }).reason == .noCredential)
    #expect(Access.decide(question.with { $0.clientScopes = [] }).reason == .scopeMissing)
}

@Test("everyone: nothing is looked at, not even a broken header")
func everyone() {
    for caller in [Caller.nobody, .unreadable(reason: "x"), .token(.unknown), goodQuestion().caller] {
        let decision = Access.decide(
            goodQuestion().asking {
                $0.caller = caller
                $0.need = .everyone(because: "health")
            })
        #expect(decision.isAllowed)
        #expect(decision.principal == nil)
        #expect(decision.checks.allSatisfy { $0.outcome == .notNeeded })
    }
}

@Test("the socket needs a role and no scope") func socket() {
    let decision = Access.decide(
        goodQuestion().asking {
            $0.caller = .socket(.socket(uid: 0))
            $0.path = "/api/linchpin/v1/users"
            $0.need = .operation(name: "user.list", roles: [.admin])
        })
    #expect(decision.isAllowed)
    #expect(decision.checks.map(\.outcome) == [.passed] + [CheckOutcome](repeating: .notNeeded, count: 7) + [.passed])
}

@Test("a person's token with the scope is told of the person, whatever auth scopes there are")
func ofPerson() {
    let question = goodQuestion().asking {
        $0.need = .person(scope: "openid")
        $0.scopeRules = []
    }.with { ($0.isOfPerson, $0.tokenScopes, $0.clientScopes) = (true, ["openid"], ["openid"]) }
    #expect(Access.decide(question).isAllowed)
    #expect(!Access.decide(question.with { $0.clientScopes = [] }).isAllowed)
    #expect(!Access.decide(question.with { $0.boundTo = "k" }).isAllowed)
}

@Test("RFC 6750 §3.1: what the caller is told") func bearerErrors() {
    for reason in Reason.allCases { #expect(reason.says.hasSuffix(".")) }
    #expect(Reason.noCredential.bearerError == nil)
    #expect(Reason.tokenExpired.bearerError == "invalid_token")
    #expect(Reason.scopeMissing.bearerError == "insufficient_scope")
    #expect(Reason.scopeMissing.kind == .forbidden)
    #expect(Reason.tokenUnknown.kind == .unauthenticated)
    #expect(Access.decide(goodQuestion().with { $0.tokenScopes = [] }).coveringScope == "incident.read")
}
