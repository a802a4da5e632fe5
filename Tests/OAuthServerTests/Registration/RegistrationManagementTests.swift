import Core
import Keys
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

@Test("RFC 7592 §2.1: a client reads its registration", arguments: TestStore.allCases)
func readsOwn(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let token = try await registrar.token()
        let client = try Registered(await registrar.register(token))
        let other = try Registered(await registrar.register(token, Registrar.metadata.with(["client_name": "Other"])))
        let own = await registrar.read(client.id, client.access)
        #expect(own.status == 200)
        #expect(own.body["client_id"]?.string == client.id && own.body["client_name"] == "Robot")
        #expect(own.body["registration_access_token"]?.string == client.access)
        // Its hash alone is kept.
        #expect(own.body["client_secret"] == nil)
        let refused: [(String, String?)] = [
            (client.id, nil), (client.id, other.access), (other.id, client.access), (client.id, token),
            (client.id, "x"),
            ("none", client.access), (client.id, client.secret),
        ]
        for (id, access) in refused {
            let response = await registrar.read(id, access)
            #expect(response.status == 401)
            #expect(response.body["client_name"] == nil)
        }
    }
}

@Test("RFC 7592 §2.2: a client replaces its registration", arguments: TestStore.allCases)
func replacesOwn(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let client = try Registered(await registrar.register(try await registrar.token()))
        try await desk.run("client.update", "Robot", ["token_seconds": 120, "token_format": "jwt"])
        let id: JSONObject = ["client_id": .string(client.id)]
        let new = await registrar.replace(
            client.id, client.access,
            id.with(["redirect_uris": ["https://app.example/new"], "scope": "incident.write", "client_name": "Renamed"])
        )
        #expect(new.status == 200)
        #expect(new.body["redirect_uris"] == ["https://app.example/new"] && new.body["client_name"] == "Renamed")
        // What is left out is taken away.
        #expect(new.body["grant_types"] == ["authorization_code"] && new.body["scope"] == "incident.write")
        #expect(new.body["client_secret"] == nil)
        // What an administrator settled stays.
        let shown = try await desk.run("client.get", "Renamed")
        #expect(shown["token_seconds"] == 120 && shown["token_format"] == "jwt")
        #expect(try await desk.actions().last == "configuration.updated")
    }
}

@Test("RFC 7592 §2.2: settings that are left out are taken away", arguments: TestStore.allCases)
func settingsLeftOut(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let stated: JSONObject = [
            "require_pushed_authorization_requests": true, "id_token_signed_response_alg": "ES256",
            "post_logout_redirect_uris": ["https://app.example/out"],
            "backchannel_logout_uri": "https://app.example/ended",
        ]
        let client = try Registered(
            await registrar.register(try await registrar.token(), Registrar.metadata.with(stated)))
        let read = await registrar.read(client.id, client.access).body
        for member in stated.members { #expect(read[member.name] == member.value, "\(member.name)") }
        let good = Registrar.metadata.with(["client_id": .string(client.id)])
        let left = await registrar.replace(client.id, client.access, good).body
        #expect(left["require_pushed_authorization_requests"] == false)
        #expect(left["id_token_signed_response_alg"] == "RS256")
        #expect(left["post_logout_redirect_uris"] == [] && left["backchannel_logout_uri"] == nil)
    }
}

@Test("another way of proving itself makes or ends its secret", arguments: TestStore.allCases)
func otherMethod(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let client = try Registered(await registrar.register(try await registrar.token()))
        let good = Registrar.metadata.with(["client_id": .string(client.id)])
        let open = await registrar.replace(client.id, client.access, good.with(["token_endpoint_auth_method": "none"]))
        #expect(open.status == 200 && open.body["client_secret"] == nil)
        let none = try await registrar.desk.count("SELECT COUNT(*) AS n FROM client_secret")
        #expect(none == 0)
        #expect(try await registrar.desk.actions().contains("client.secret_withdrawn"))
        let again = await registrar.replace(client.id, client.access, good)
        let secret = try #require(again.body["client_secret"]?.string)
        #expect(secret != client.secret)
        #expect(again.body["token_endpoint_auth_method"] == "client_secret_basic")
        let read = await registrar.read(client.id, client.access)
        #expect(read.body["token_endpoint_auth_method"] == "client_secret_basic")
    }
}

@Test("RFC 7592 §2.2: what a replacement must hold, and what it must not")
func badReplacements() async throws {
    try await Registrar.with(.sqlite) { registrar in
        let client = try Registered(await registrar.register(try await registrar.token()))
        let good = Registrar.metadata.with(["client_id": .string(client.id)])
        let bad: [JSONObject] = [
            ["client_id": .null], ["client_id": "other"], ["registration_access_token": .string(client.access)],
            ["registration_client_uri": "x"], ["client_secret_expires_at": 0], ["client_id_issued_at": 0],
            ["client_secret": "wrong"], ["scope": "hr.read"], ["grant_types": ["client_credentials"]],
        ]
        for change in bad {
            let response = await registrar.replace(client.id, client.access, good.with(change))
            #expect(response.status == 400 && response.body["error"] == "invalid_client_metadata", "\(change)")
            registrar.desk.time.advance(seconds: 60)
        }
        let same = await registrar.replace(
            client.id, client.access, good.with(["client_secret": .string(client.secret ?? "")]))
        #expect(same.status == 200)
    }
}

@Test("a registered client changes itself ten times a minute")
func changesBounded() async throws {
    try await Registrar.with(.sqlite) { registrar in
        let client = try Registered(await registrar.register(try await registrar.token()))
        let good = Registrar.metadata.with(["client_id": .string(client.id)])
        var statuses: [Int] = []
        for _ in 0...10 { statuses.append(await registrar.replace(client.id, client.access, good).status) }
        #expect(statuses == [Int](repeating: 200, count: 10) + [429])
        registrar.desk.time.advance(seconds: 60)
        #expect(await registrar.replace(client.id, client.access, good).status == 200)
    }
}

@Test("RFC 7592 §2.3: a client deletes itself with its tokens", arguments: TestStore.allCases)
func deletesOwn(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let token = try await registrar.token("partners", ["grants": ["client_credentials"]])
        let client = try Registered(
            await registrar.register(
                token, Registrar.metadata.with(["grant_types": ["client_credentials"], "redirect_uris": .null])))
        let access = try await desk.token((client.id, client.secret ?? ""))
        let response = await registrar.delete(client.id, client.access)
        #expect(response.status == 204)
        let found = try await desk.find(access)
        #expect(found == nil || found?.isRevoked == true)
        #expect(await registrar.read(client.id, client.access).status == 401)
        #expect(await registrar.delete(client.id, client.access).status == 401)
        let left = try await desk.count("SELECT COUNT(*) AS n FROM client_registration")
        #expect(left == 0)
        #expect(try await desk.actions().last == "configuration.deleted")
    }
}

@Test(
    "a client that an administrator took over, or switched off, changes itself no more", arguments: TestStore.allCases)
func takenOver(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let client = try Registered(await registrar.register(try await registrar.token()))
        let good = Registrar.metadata.with(["client_id": .string(client.id)])
        for (turn, back, reason): (JSONObject, JSONObject, String) in [
            (["user": "boss"], ["user": "svc.hr"], "registration_taken_over"),
            (["acts_for_users": true], ["acts_for_users": false], "registration_taken_over"),
            (["active": false], ["active": true], "client_inactive"),
        ] {
            try await desk.run("client.update", "Robot", turn)
            let replaced = await registrar.replace(client.id, client.access, good)
            let deleted = await registrar.delete(client.id, client.access)
            #expect([replaced.status, deleted.status] == [403, 403])
            #expect([replaced.reason, deleted.reason] == [reason, reason])
            try await desk.run("client.update", "Robot", back)
        }
        #expect(await registrar.replace(client.id, client.access, good).status == 200)
        try await desk.run("client.delete", "Robot")
        #expect(await registrar.read(client.id, client.access).status == 401)
    }
}
