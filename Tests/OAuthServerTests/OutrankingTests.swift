import Core
import OAuthServer
import TestSupport
import Testing

@Test(
    "nobody gets an administrative role by way of a client's application user", arguments: TestStore.allCases,
    [["oauth_admin"], ["mi_admin", "auditor"]] as [Set<String>])
func outranked(_ store: TestStore, _ roles: Set<String>) async throws {
    try await OAuthDesk.with(store) { desk in
        try await desk.run("client.create", "", ["name": "theirs", "user": "boss", "scopes": ["hr.read"]])
        try await desk.run("client.create", "", ["name": "plain", "user": "svc.hr", "scopes": ["hr.read"]], as: roles)
        let before = try await desk.actions().count
        let rows: [(String, String, JSONObject)] = [
            ("client.create", "", ["name": "mine", "user": "boss", "scopes": ["hr.read"]]),
            ("client.update", "plain", ["user": "boss"]),
            ("client.update", "theirs", ["scopes": ["hr.read", "incident.read"]]),
            ("client.add-scope", "theirs", ["scope": "incident.read"]),
            ("client.update", "theirs", ["active": true]),
            ("client.update", "theirs", ["grants": ["client_credentials"]]),
            ("client.add-secret", "theirs", [:]),
        ]
        for (name, id, body) in rows {
            let error = try await desk.refusal(name, id, body, as: roles)
            #expect(error.reason == "user_outranks_caller")
            #expect(error.kind == .forbidden)
        }
        let after = try await desk.actions().count
        #expect(after == before)
        // Taking away is nobody's rise.
        try await desk.run("client.remove-scope", "theirs", ["scope": "hr.read"], as: roles)
        try await desk.run("client.update", "theirs", ["active": false], as: roles)
        try await desk.run("client.add-secret", "plain", [:], as: roles)
    }
}

@Test("who has the application user's roles may attach it", arguments: TestStore.allCases)
func equals(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let made = try await desk.run(
            "client.create", "", ["name": "a", "user": "boss", "scopes": ["hr.read"]], as: ["admin", "auditor"])
        #expect(made["user_name"] == "boss")
        try await desk.run("client.add-secret", "a", [:], as: ["admin", "auditor"])
    }
}

@Test("only who may make auth scopes gives the one that covers everything", arguments: TestStore.allCases)
func everything(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let all: JSON = ["hr.read", "useraccount"]
        try await desk.run("client.create", "", ["name": "held", "user": "svc.hr", "scopes": all], as: ["oauth_admin"])
        try await desk.run("client.create", "", ["name": "plain", "user": "svc.hr", "scopes": ["hr.read"]])
        let before = try await desk.actions().count
        let rows: [(String, String, JSONObject)] = [
            ("client.create", "", ["name": "mine", "user": "svc.hr", "scopes": all]),
            ("client.update", "plain", ["scopes": all]), ("client.add-scope", "plain", ["scope": "useraccount"]),
            ("registration-token.create", "", ["name": "t", "user": "svc.hr", "scopes": all]),
        ]
        for (name, id, body) in rows {
            let error = try await desk.refusal(name, id, body, as: ["mi_admin"])
            #expect(error.reason == "scope_for_everything" && error.kind == .forbidden)
        }
        let after = try await desk.actions().count
        #expect(after == before)
        // What is there already may stay.
        try await desk.run("client.update", "held", ["scopes": ["useraccount"]], as: ["mi_admin"])
    }
}
