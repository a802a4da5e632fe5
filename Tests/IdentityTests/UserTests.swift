import Core
import Identity
import Ports
import TestSupport
import Testing

struct UserTests {
    @Test(arguments: TestStore.allCases) func lifeOfAUser(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let recorded = try await office.events {
                try await office.user("hr-system", ["web_service_only": true, "email": "hr@acme.example"])
                try await office.run("user.update", "hr-system", ["display_name": "HR", "active": false])
                try await office.run("user.delete", "hr-system")
            }
            #expect(
                recorded == [
                    "configuration.created user hr-system", "configuration.updated user hr-system",
                    "configuration.deleted user hr-system",
                ])
            let gone = try await office.identity.user("hr-system", at: office.time.now)
            #expect(gone == nil)
        }
    }

    @Test(arguments: TestStore.allCases) func factsFollowTheAccount(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("hr-system", ["web_service_only": true])
            let fresh = try #require(try await office.identity.user("hr-system", at: office.time.now))
            #expect(fresh.isActive && !fresh.isLocked && fresh.isWebServiceOnly)
            let byID = try await office.identity.user(fresh.id.rawValue, at: office.time.now)
            #expect(byID == fresh)
            try await office.run("user.update", "hr-system", ["locked": true])
            let locked = try #require(try await office.identity.user("hr-system", at: office.time.now))
            #expect(locked.isActive && locked.isLocked)
            try await office.run("user.update", "hr-system", ["locked": false, "active": false])
            let inactive = try #require(try await office.identity.user("hr-system", at: office.time.now))
            #expect(!inactive.isActive && !inactive.isLocked)
            let otherCase = try await office.identity.user("HR-System", at: office.time.now)
            #expect(otherCase == nil, "names compare as bytes")
        }
    }

    @Test(arguments: [
        ("mara", "name_taken"), ("MARA", "name_taken"), ("ma ra", "bad_name"), ("mära", "bad_name"),
        ("a/b", "bad_name"),
        ("0123456789abcdef0123456789abcdef", "name_like_id"), ("0123456789ABCDEF0123456789abcdef", "name_like_id"),
    ])
    func namesAreCheckedAndUnique(_ name: String, _ expected: String) async throws {
        try await Office.open(.sqlite) { office in
            for noun in ["user", "group", "role"] {
                try await office.run("\(noun).create", "", ["name": "mara"])
                let reason = try await office.refusal("\(noun).create", "", ["name": .string(name)])
                #expect(reason == expected, "\(noun)")
            }
        }
    }

    @Test("an email address is a user's only where no other has it, byte for byte", arguments: TestStore.allCases)
    func byEmail(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("ada", ["email": "ada@example.com"])
            func found(_ email: String) async throws -> String? {
                try await office.identity.user(email: email, at: office.time.now)?.name
            }
            let (own, other, folded) = (
                try await found("ada@example.com"), try await found("ada"), try await found("Ada@example.com")
            )
            #expect(own == "ada" && other == nil && folded == nil)
            try await office.user("double", ["email": "ada@example.com"])
            let shared = try await found("ada@example.com")
            #expect(shared == nil)
        }
    }

    @Test(arguments: TestStore.allCases) func deletingTakesGrantsAndMembershipsAlong(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("group.create", "", ["name": "helpdesk"])
            try await office.run("group.add-member", "helpdesk", ["user": "mara"])
            _ = try await office.grant("auditor", user: "mara")
            let reason = try await office.refusal("user.delete", "mara")
            #expect(reason == "user_active")
            try await office.run("user.update", "mara", ["active": false])
            let recorded = try await office.events { try await office.run("user.delete", "mara") }
            #expect(
                recorded == [
                    "configuration.deleted role-grant auditor to user mara", "role.withdrawn user mara",
                    "configuration.deleted user mara",
                ])
            let group = try await office.run("group.get", "helpdesk")
            #expect(group["member_count"] == 0)
            let grants = try await office.run("role-grant.list")
            #expect(grants["items"] == [])
        }
    }

    @Test(arguments: TestStore.allCases) func listsPageByName(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for name in ["b", "a", "C"] { try await office.user(name) }
            let all = try await office.run("user.list")
            #expect(all["items"]?.array?.map { $0["name"] } == ["C", "a", "b"])
            let rest = try await office.run("user.list", "", ["after": "a"])
            #expect(rest["items"]?.array?.map { $0["name"] } == ["b"])
        }
    }
}

struct MachineIdentityTests {
    @Test(arguments: TestStore.allCases) func miAdminTouchesServiceAccountsOnly(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let mi: Set<String> = ["mi_admin"]
            try await office.user("bot", ["web_service_only": true], as: mi)
            try await office.user("mara")
            try await office.user("root-bot", ["web_service_only": true])
            _ = try await office.grant("admin", user: "root-bot", until: office.time.now.adding(seconds: 60))
            var reasons = [
                try await office.refusal("user.create", "", ["name": "person"], as: mi),
                try await office.refusal("user.create", "", ["name": "person", "web_service_only": false], as: mi),
                try await office.refusal("user.get", "mara", as: mi),
                try await office.refusal("user.update", "bot", ["web_service_only": false], as: mi),
            ]
            for name in ["mara", "root-bot"] {
                reasons.append(try await office.refusal("user.update", name, ["active": false], as: mi))
                reasons.append(try await office.refusal("user.delete", name, as: mi))
            }
            #expect(reasons == Array(repeating: "admin_needed", count: 8))
            let seen = try await office.run("user.list", "", [:], as: mi)
            #expect(seen["items"]?.array?.map { $0["name"] } == ["bot", "root-bot"])
            let auditor = try await office.run("user.list", "", [:], as: ["auditor"])
            #expect(auditor["items"]?.array?.count == 3)
            try await office.run("user.update", "bot", ["active": false], as: mi)
            try await office.run("user.delete", "bot", [:], as: mi)
        }
    }

    @Test func onlyAdminGrants() async throws {
        try await Office.open(.sqlite) { office in
            let open = office.identity.operations.filter { $0.roles.contains(.miAdmin) }.map(\.name)
            #expect(open == ["user.create", "user.list", "user.get", "user.update", "user.delete"])
            for operation in office.identity.operations {
                #expect(operation.roles.contains(.admin), "\(operation.name)")
                let reads = operation.verb == .list || operation.verb == .get
                #expect(operation.roles.contains(.auditor) == reads, "\(operation.name)")
            }
        }
    }
}

struct UnknownTests {
    static let rows: [(String, JSONObject, String)] = [
        ("user.get", [:], "unknown_user"), ("user.update", ["active": true], "unknown_user"),
        ("user.delete", [:], "unknown_user"), ("user.set-password", ["password": "twelve letters"], "unknown_user"),
        ("group.get", [:], "unknown_group"), ("group.delete", [:], "unknown_group"),
        ("group.add-member", ["user": "mara"], "unknown_group"),
        ("group.remove-member", ["user": "mara"], "unknown_group"), ("role.get", [:], "unknown_role"),
        ("role.delete", [:], "unknown_role"), ("role.contain", ["role": "auditor"], "unknown_role"),
        ("role.release", ["role": "auditor"], "unknown_role"), ("role-grant.delete", [:], "unknown_role_grant"),
        ("user.end-sessions", [:], "unknown_user"), ("user.remove-second-factor", [:], "unknown_user"),
        ("session.delete", [:], "unknown_session"),
    ]

    @Test(arguments: TestStore.allCases) func unknownIDsAreRefusedByKind(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("group.create", "", ["name": "helpdesk"])
            for (name, sent, expected) in Self.rows {
                let reason = try await office.refusal(name, "nothing", sent)
                #expect(reason == expected, "\(name)")
            }
            let covered = Set(Self.rows.map(\.0))
            for operation in office.identity.operations where operation.path.contains("{id}") {
                #expect(covered.contains(operation.name), "\(operation.name) has no row")
            }
            let inFields = [
                try await office.refusal("group.add-member", "helpdesk", ["user": "nothing"]),
                try await office.refusal("role.contain", "admin", ["role": "nothing"]),
                try await office.refusal("role-grant.create", "", ["user": "mara", "role": "nothing"]),
                try await office.refusal("role-grant.create", "", ["group": "nothing", "role": "admin"]),
                try await office.refusal("role-grant.list", "", ["user": "nothing"]),
            ]
            #expect(inFields == ["unknown_user", "unknown_role", "unknown_role", "unknown_group", "unknown_user"])
        }
    }
}
