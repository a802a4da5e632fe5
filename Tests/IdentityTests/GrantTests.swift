import Core
import Ports
import Storage
import TestSupport
import Testing

struct GrantTests {
    @Test(arguments: TestStore.allCases) func grantsAreGivenOnceAndWithdrawn(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            var id = ""
            let given = try await office.events { id = try await office.grant("auditor", user: "mara") }
            #expect(given == ["configuration.created role-grant auditor to user mara", "role.granted user mara"])
            let again = try await office.refusal("role-grant.create", "", ["user": "mara", "role": "auditor"])
            #expect(again == "already_granted")
            let listed = try await office.run("role-grant.list", "", ["user": "mara"])
            let item = try #require(listed["items"]?.array?.first)
            #expect(item["granted_by"] == "test" && item["in_force"] == true && item["role"] == "auditor")
            let withdrawn = try await office.events { try await office.run("role-grant.delete", id) }
            #expect(
                withdrawn == ["configuration.deleted role-grant auditor to user mara", "role.withdrawn user mara"])
            let roles = try await office.roles("mara")
            #expect(roles == [])
        }
    }

    @Test(arguments: TestStore.allCases) func anEndedGrantMakesRoom(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            _ = try await office.grant("auditor", user: "mara", until: office.time.now.adding(seconds: 60))
            office.time.advance(seconds: 60)
            let listed = try await office.run("role-grant.list")
            #expect(listed["items"]?.array?.first?["in_force"] == false)
            _ = try await office.grant("auditor", user: "mara")
            let after = try await office.run("role-grant.list")
            #expect(after["items"]?.array?.count == 1)
            let roles = try await office.roles("mara")
            #expect(roles == ["auditor"])
        }
    }

    @Test(arguments: TestStore.allCases) func whatAGrantNeeds(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("group.create", "", ["name": "helpdesk"])
            let now = JSON.string(office.time.now.rfc3339)
            let reasons = [
                try await office.refusal("role-grant.create", "", ["role": "auditor"]),
                try await office.refusal(
                    "role-grant.create", "", ["user": "mara", "group": "helpdesk", "role": "auditor"]),
                try await office.refusal("role-grant.create", "", ["user": "mara", "role": "auditor", "until": now]),
            ]
            #expect(reasons == ["user_or_group", "user_or_group", "until_past"])
        }
    }
}

struct LastAdminTests {
    /// An admin by a group, whose every way out is tried.
    @Test(arguments: TestStore.allCases) func staysWhateverIsTried(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("root")
            try await office.run("group.create", "", ["name": "admins"])
            try await office.run("group.add-member", "admins", ["user": "root"])
            try await office.run("role.create", "", ["name": "owner"])
            try await office.run("role.contain", "owner", ["role": "admin"])
            let grant = try await office.run("role-grant.create", "", ["group": "admins", "role": "owner"])
            let id = try #require(grant["id"]?.string)
            // None of these is an admin who lasts.
            try await office.user("for-a-day")
            _ = try await office.grant("admin", user: "for-a-day", until: office.time.now.adding(seconds: 86_400))
            try await office.user("switched-off")
            _ = try await office.grant("admin", user: "switched-off")
            try await office.run("user.update", "switched-off", ["active": false])
            try await office.user("locked")
            _ = try await office.grant("admin", user: "locked")
            try await office.run("user.update", "locked", ["locked": true])

            let ways: [(String, String, JSONObject)] = [
                ("user.update", "root", ["active": false]), ("user.update", "root", ["locked": true]),
                ("group.remove-member", "admins", ["user": "root"]), ("group.delete", "admins", [:]),
                ("role.release", "owner", ["role": "admin"]), ("role-grant.delete", id, [:]),
            ]
            for (name, target, sent) in ways {
                let reason = try await office.refusal(name, target, sent)
                #expect(reason == "last_admin", "\(name)")
                let roles = try await office.roles("root")
                #expect(roles.contains("admin"))
            }
            try await office.user("second")
            _ = try await office.grant("admin", user: "second")
            try await office.run("group.delete", "admins")
            let roles = try await office.roles("root")
            #expect(roles == [])
        }
    }

    @Test(arguments: TestStore.allCases) func twoAtOnceCannotBothGo(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for name in ["one", "two"] {
                try await office.user(name)
                _ = try await office.grant("admin", user: name)
            }
            let done = await withTaskGroup(of: Bool.self) { tasks in
                for name in ["one", "two"] {
                    tasks.addTask {
                        do {
                            try await office.run("user.update", name, ["active": false])
                            return true
                        } catch { return false }
                    }
                }
                return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
        }
    }
}
