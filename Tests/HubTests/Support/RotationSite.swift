import Core
import Keys
import Ports
import Testing

@testable import Hub

/// The sandbox's app behind the credential `okta-app`, a web app with a secret or a service app with a key, and a
/// connection `okta-admin` that may change what it proves itself with.
struct RotationSite: Sendable {
    /// The `kid` of the key that the service app begins with.
    static let firstKeyID = "by-hand"

    let test: TestHub
    let proof: ClientProof
    let tenant: OktaTenant

    init(_ test: TestHub, _ proof: ClientProof = .secret) async throws {
        self.test = test
        self.proof = proof
        switch proof {
        case .secret:
            let scopes = ["okta.users.read"]
            tenant = try await OktaTenant.make(test, granted: scopes, configured: scopes, actions: ["users_stream"])
            try await tenant.consent()
        case .key: tenant = try await Self.serviceApp(test)
        }
        try await test.post("/credentials", .object(TestHub.key("admin-key")))
        try await test.post(
            "/connections",
            [
                "name": "okta-admin", "spoke": "okta", "url": .string(test.sandboxURL), "credentials": ["admin-key"],
                "allow_loopback_http": true, "actions": ["users_stream"],
            ])
    }

    private static func serviceApp(_ test: TestHub) async throws -> OktaTenant {
        let key = try JWSPrivateKey.make(.es256)
        let app = try await OktaTenant.ask(
            test, "POST", "/api/v1/apps",
            [
                "label": "Linchpin", "signOnMode": "OPENID_CONNECT",
                "credentials": ["oauthClient": ["token_endpoint_auth_method": "private_key_jwt"]],
                "settings": [
                    "oauthClient": [
                        "application_type": "service", "grant_types": ["client_credentials"],
                        "jwks": ["keys": [key.publicKey.named(firstKeyID).jwk]],
                    ]
                ],
            ])
        let pem = key.pem.reveal { String(decoding: $0, as: UTF8.self) }
        let tenant = OktaTenant(test: test, appID: app["id"]?.string ?? "-", accountID: "-", secret: pem)
        try await tenant.grant("okta.users.read")
        try await test.connectOkta(
            actions: ["users_stream"],
            by: [
                "name": "okta-app", "kind": "oauth", "secret": .string(pem),
                "settings": [
                    "grant": "client_credentials", "client_auth": "private_key_jwt", "key_id": .string(firstKeyID),
                    "client_id": .string(tenant.appID), "spoke": "okta", "url": .string(test.sandboxURL),
                    "scopes": ["okta.users.read"], "dpop": true, "allow_loopback_http": true,
                ],
            ])
        return tenant
    }

    var path: String {
        "/api/v1/apps/\(tenant.appID)/credentials/\(proof == .key ? "jwks" : "secrets")"
    }

    @discardableResult func rotate(_ body: JSON = ["through": "okta-admin"]) async throws -> JSON {
        try await test.post("/credentials/okta-app/rotate", body)
    }

    /// The reason of a rotation that must fail.
    func refusal(_ body: JSON = ["through": "okta-admin"]) async -> String {
        do { return "passed: \(try await rotate(body))" } catch {
            return (error as? HubError)?.reason ?? "\(error)"
        }
    }

    /// The ids of the secrets or keys at the provider, oldest first.
    func ids() async throws -> [String] { try await listed("id") }

    /// A member of each of them.
    func listed(_ member: String) async throws -> [String] {
        let answer = try await tenant.ask("GET", path)
        return (answer.array ?? answer["keys"]?.array ?? []).compactMap { $0[member]?.string }
    }

    /// A key of somebody else, added by hand; its id.
    @discardableResult func addKey(_ keyID: String) async throws -> String {
        var jwk = try JWSPrivateKey.make(.es256).publicKey.named(keyID).jwk.object ?? [:]
        jwk["use"] = "sig"
        return try await tenant.ask("POST", path, .object(jwk))["id"]?.string ?? "-"
    }

    /// Somebody switches one of them off and deletes it.
    func takeAway(_ id: String) async throws {
        try await tenant.ask("POST", "\(path)/\(id)/lifecycle/deactivate")
        try await tenant.ask("DELETE", "\(path)/\(id)")
    }

    func shown() async throws -> JSON { try await test.admin.call("GET", "/credentials/okta-app") }

    /// What does not let go of a request that came: the next but so many of the secrets.
    func order(_ fault: JSON, after count: Int64, path: String) async throws {
        if count > 0 {
            try await tenant.order(["fault": "delay", "milliseconds": 1, "path": .string(path), "count": .int(count)])
        }
        guard case .object(var members) = fault else { return }
        members["path"] = .string(path)
        try await tenant.order(.object(members))
    }

    /// A token got now, with the secret or key that is in use.
    func works() async throws -> Bool {
        test.clock.advance(seconds: 120)
        let before = try await test.post("/credentials/okta-app/grant", [:])
        do {
            let fresh = try await test.post("/credentials/okta-app/refresh", [:])
            return fresh["state"] == "held" && fresh["issued_at"] != before["issued_at"]
        } catch let error as HubError where error.reason == "token_refused" {
            // The hub renewed it by itself since the clock went on, so it is as new.
            return true
        }
    }
}
