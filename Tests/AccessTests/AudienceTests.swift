import Access
import Core
import Ports
import Testing

/// One that is well formed.
func detail(_ json: JSON) -> AuthorizationDetail {
    guard let detail = AuthorizationDetail(stored: json) else { preconditionFailure("no detail: \(json.text())") }
    return detail
}

private let hub = "https://hub.example"
private let incidents: JSON = ["type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"]]
private let run = ScopeRule(scope: "actions.run", method: "POST", path: "/api/linchpin/v1/actions/*/run")

/// A call of an action that its scope allows.
private func actionQuestion(_ details: [AuthorizationDetail]) -> Question {
    goodQuestion().asking {
        $0.method = "POST"
        $0.path = "/api/linchpin/v1/actions/okta.lookup_user/run"
        $0.need = .operation(name: "action.run", roles: [.connectionAdmin])
        $0.scopeRules = [run]
        $0.hub = hub
    }.with {
        $0.tokenScopes = ["actions.run"]
        $0.clientScopes = ["actions.run"]
        $0.user = user(roles: ["connection_admin"])
        $0.details = details
    }
}

@Suite("What a token is for") struct AudienceTests {
    @Test(
        "RFC 8707 §2: a token for others alone is not taken",
        arguments: [
            ([], true), ([hub], true), (["https://api.example", hub], true), (["https://api.example"], false),
            ([hub + "/"], false), (["HTTPS://hub.example"], false),
        ] as [([String], Bool)])
    func audience(_ resources: [String], _ isTaken: Bool) {
        let decision = Access.decide(goodQuestion().with { $0.resources = resources }.asking { $0.hub = hub })
        #expect(decision.isAllowed == isTaken)
        guard !isTaken else { return }
        #expect(decision.reason == .tokenForAnother)
        #expect(decision.deciding.map { decision.checks[$0].name } == .audience)
        #expect(decision.flip == [.newTokenForHub])
        #expect(
            Reason.tokenForAnother.bearerError == "invalid_token" && Reason.tokenForAnother.kind == .unauthenticated)
    }

    @Test("a hub that does not know its own name takes no token for named resource servers")
    func nameless() {
        #expect(Access.decide(goodQuestion().with { $0.resources = [hub] }).reason == .tokenForAnother)
    }

    /// Details against a call.
    struct Row: Sendable, CustomTestStringConvertible {
        let details: [JSON]
        let isCovered: Bool
        var method = "GET"
        var path = "/api/now/table/incident"
        var testDescription: String { "\(method) \(path): \(details.map { $0.text() })" }

        init(_ isCovered: Bool, _ details: [JSON], _ method: String = "GET", _ path: String = "/api/now/table/incident")
        {
            (self.isCovered, self.details, self.method, self.path) = (isCovered, details, method, path)
        }
    }

    @Test(
        "RFC 9396 §3: what the details name, within the scopes",
        arguments: [
            Row(true, [incidents]), Row(true, [incidents], "HEAD"),
            Row(false, []), Row(false, [["type": "linchpin_api", "actions": ["POST"], "datatypes": ["incident"]]]),
            Row(false, [["type": "linchpin_api", "actions": ["GET"], "datatypes": ["hr_leaver"]]]),
            Row(true, [["type": "linchpin_api", "actions": ["GET"], "datatypes": ["hr_leaver"]], incidents]),
            Row(true, [["type": "linchpin_api", "actions": ["GET"], "paths": ["/api/now/table/**"]]]),
            Row(false, [["type": "linchpin_api", "actions": ["GET"], "paths": ["/api/now/table/*/x"]]]),
            // Both members of one detail have to fit.
            Row(
                false,
                [
                    [
                        "type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"],
                        "paths": ["/api/now/stats/**"],
                    ]
                ]),
            // RFC 9396 §2.2: there alone.
            Row(
                true,
                [
                    [
                        "type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"],
                        "locations": ["https://hub.example"],
                    ]
                ]),
            Row(
                false,
                [
                    [
                        "type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"],
                        "locations": ["https://other.example"],
                    ]
                ]),
            Row(false, [["type": "linchpin_action", "actions": ["okta.lookup_user"], "alias": "okta"]]),
        ])
    func details(_ row: Row) {
        let question = goodQuestion().with { $0.details = row.details.map(detail) }.asking {
            $0.hub = hub
            $0.method = row.method
            $0.path = row.path
        }
        let decision = Access.decide(question)
        #expect(decision.isAllowed == row.isCovered)
        guard !row.isCovered else { return }
        #expect(decision.reason == .detailsMissing)
        #expect(decision.flip == [.coverByDetails(method: row.method, path: row.path)])
    }

    @Test("details take nothing away from what the scopes have to allow")
    func scopesFirst() {
        let question = goodQuestion().with {
            $0.details = [detail(incidents)]
            $0.tokenScopes = []
        }
        #expect(Access.decide(question).reason == .scopeMissing)
    }

    @Test("an action, and the aliases through which it may be run")
    func actions() {
        func action(_ name: String, _ alias: String) -> AuthorizationDetail {
            detail(["type": "linchpin_action", "actions": [.string(name)], "alias": .string(alias)])
        }
        let named = Access.decide(
            actionQuestion([
                action("okta.lookup_user", "okta"), action("okta.list_groups", "hr"), action("okta.lookup_user", "lab"),
            ]))
        #expect(named.isAllowed && named.principal?.aliases == ["okta", "lab"])
        let other = Access.decide(actionQuestion([action("okta.list_groups", "okta")]))
        #expect(other.reason == .detailsMissing)
        // A detail that names the call itself names no alias.
        let call = detail([
            "type": "linchpin_api", "actions": ["POST"], "paths": ["/api/linchpin/v1/actions/okta.lookup_user/run"],
        ])
        let free = Access.decide(actionQuestion([action("okta.lookup_user", "okta"), call]))
        #expect(free.isAllowed && free.principal?.aliases == nil)
    }

    @Test("what references lead to is bound by details and sign-ins too")
    func reach() {
        let question = goodQuestion().with {
            $0.tokenScopes = ["incident.read", "tables.read"]
            $0.clientScopes = $0.tokenScopes
        }
        #expect(Access.decide(question).reach.covers("asset"))
        #expect(!Access.decide(question.with { $0.details = [detail(incidents)] }).reach.covers("asset"))
        #expect(Access.decide(question.with { $0.details = [detail(incidents)] }).reach.covers("incident", "1"))
        let demanding = question.asking { question in
            question.scopeRules = rules.map {
                ScopeRule(
                    scope: $0.scope, method: $0.method, path: $0.path, table: $0.table,
                    maxAge: $0.scope == "tables.read" ? 60 : nil)
            }
        }
        #expect(!Access.decide(demanding).reach.covers("asset"))
        #expect(Access.decide(demanding.with { $0.signedInAt = question.now }).reach.covers("asset"))
    }
}

@Suite("Scopes that ask for a recent sign-in (RFC 9470 §3)") struct SignInAgeTests {
    private static func asking(_ maxAge: Int64?, after seconds: Int64?) -> Question {
        goodQuestion().with { issued in
            issued.signedInAt = seconds.map { goodQuestion().now.adding(seconds: -$0) }
        }.asking {
            $0.scopeRules = [
                ScopeRule(scope: "incident.read", method: "GET", path: "/api/now/table/incident", maxAge: maxAge)
            ]
        }
    }

    @Test(
        "§3: older than asked for, or nobody signed in",
        arguments: [
            (nil, nil, true), (nil, 9_999, true), (300, 300, true), (300, 301, false), (300, nil, false),
            (300, -5, true),
        ] as [(Int64?, Int64?, Bool)])
    func age(_ maxAge: Int64?, _ seconds: Int64?, _ isAllowed: Bool) {
        let decision = Access.decide(Self.asking(maxAge, after: seconds))
        #expect(decision.isAllowed == isAllowed)
        #expect(decision.maxAge == (isAllowed ? nil : maxAge))
        guard !isAllowed else { return }
        #expect(decision.reason == .signInTooOld && decision.flip == [.signInAgain(within: 300)])
        #expect(Reason.signInTooOld.kind == .unauthenticated)
        #expect(Reason.signInTooOld.bearerError == "insufficient_user_authentication")
    }

    @Test("another scope of the token that asks for less will do, and the least is what is told")
    func least() {
        let question = Self.asking(60, after: 600).with {
            $0.tokenScopes = ["incident.read", "wide", "free"]
            $0.clientScopes = ["incident.read", "wide"]
        }.asking {
            $0.scopeRules += [
                ScopeRule(scope: "wide", method: "GET", path: "/**", maxAge: 300),
                ScopeRule(scope: "free", method: "GET", path: "/**"),
            ]
        }
        #expect(Access.decide(question).maxAge == 300)
        #expect(Access.decide(question.with { $0.clientScopes.insert("free") }).isAllowed)
    }
}
