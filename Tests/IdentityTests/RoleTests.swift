import Core
import Identity
import Ports
import TestSupport
import Testing

struct EffectiveRoleTests {
    @Test(arguments: TestStore.allCases) func nestedRolesCount(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for role in ["a", "b", "c", "d", "apart"] {
                try await office.run("role.create", "", ["name": .string(role)])
            }
            for (outer, inner) in [("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")] {
                try await office.run("role.contain", outer, ["role": .string(inner)])
            }
            try await office.user("mara")
            var roles = try await office.roles("mara")
            #expect(roles == [])
            _ = try await office.grant("b", user: "mara")
            roles = try await office.roles("mara")
            #expect(roles == ["b", "c"])
            _ = try await office.grant("a", user: "mara")
            roles = try await office.roles("mara")
            #expect(roles == ["a", "b", "c", "d"])
            try await office.run("role.release", "b", ["role": "c"])
            roles = try await office.roles("mara")
            #expect(roles == ["a", "b", "c", "d"], "c is still in d")
            try await office.run("role.release", "d", ["role": "c"])
            roles = try await office.roles("mara")
            #expect(roles == ["a", "b", "d"])
        }
    }

    @Test(arguments: TestStore.allCases) func adminHasAllAdministrativeRoles(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("root")
            _ = try await office.grant("admin", user: "root")
            let roles = try await office.roles("root")
            #expect(roles == Set(AdminRole.allCases.map(\.rawValue)))
        }
    }

    @Test(arguments: TestStore.allCases) func groupRolesCountWhileAMember(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.user("other")
            try await office.run("group.create", "", ["name": "helpdesk"])
            try await office.run("role-grant.create", "", ["group": "helpdesk", "role": "auditor"])
            try await office.run("group.add-member", "helpdesk", ["user": "mara"])
            let shown = try await office.run("user.get", "mara")
            #expect(shown["groups"] == ["helpdesk"])
            #expect(shown["roles"] == ["auditor"])
            let others = try await office.roles("other")
            #expect(others == [])
            try await office.run("group.remove-member", "helpdesk", ["user": "mara"])
            let after = try await office.roles("mara")
            #expect(after == [])
        }
    }

    @Test(arguments: TestStore.allCases) func aGrantEndsExactlyAtItsMoment(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("group.create", "", ["name": "helpdesk"])
            try await office.run("group.add-member", "helpdesk", ["user": "mara"])
            let until = office.time.now.adding(milliseconds: 60_001)
            _ = try await office.grant("admin", user: "mara", until: until)
            try await office.run(
                "role-grant.create", "", ["group": "helpdesk", "role": "auditor", "until": .string(until.rfc3339)])
            let before = try await office.roles("mara", at: until.adding(milliseconds: -1))
            #expect(before == Set(AdminRole.allCases.map(\.rawValue)))
            let at = try await office.roles("mara", at: until)
            #expect(at == [])
        }
    }
}

struct ContainmentTests {
    @Test(arguments: TestStore.allCases) func cyclesAreRefused(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for role in ["a", "b", "c"] { try await office.run("role.create", "", ["name": .string(role)]) }
            try await office.run("role.contain", "a", ["role": "b"])
            try await office.run("role.contain", "b", ["role": "c"])
            for (outer, inner) in [("a", "a"), ("b", "a"), ("c", "a"), ("auditor", "admin")] {
                let reason = try await office.refusal("role.contain", outer, ["role": .string(inner)])
                #expect(reason == "role_cycle", "\(outer) \(inner)")
            }
            let again = try await office.events { try await office.run("role.contain", "a", ["role": "b"]) }
            #expect(again == [])
            let reason = try await office.refusal("role.release", "a", ["role": "c"])
            #expect(reason == "not_contained")
        }
    }

    @Test(arguments: TestStore.allCases) func depthIsBoundedAndReadInFull(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let depth = Limits.roleDepth.value
            for level in 0...depth + 1 { try await office.run("role.create", "", ["name": .string("r\(level)")]) }
            for level in 0..<depth {
                try await office.run("role.contain", "r\(level)", ["role": .string("r\(level + 1)")])
            }
            let below = try await office.refusal("role.contain", "r\(depth)", ["role": .string("r\(depth + 1)")])
            #expect(below == "roles_too_deep")
            let above = try await office.refusal("role.contain", "r\(depth + 1)", ["role": "r0"])
            #expect(above == "roles_too_deep")
            try await office.user("mara")
            _ = try await office.grant("r0", user: "mara")
            let roles = try await office.roles("mara")
            #expect(roles.count == depth + 1)
        }
    }

    @Test(arguments: TestStore.allCases) func builtInRolesStay(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for role in AdminRole.allCases {
                let reason = try await office.refusal("role.delete", role.rawValue)
                #expect(reason == "built_in_role")
            }
            let reason = try await office.refusal("role.release", "admin", ["role": "auditor"])
            #expect(reason == "built_in_role")
            let shown = try await office.run("role.get", "admin")
            #expect(shown["contains"]?.array?.count == AdminRole.allCases.count - 1)
            #expect(shown["built_in"] == true)
        }
    }

    @Test(arguments: TestStore.allCases) func rolesInUseStay(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            for role in ["a", "b"] { try await office.run("role.create", "", ["name": .string(role)]) }
            try await office.run("role.contain", "a", ["role": "b"])
            try await office.user("mara")
            let grant = try await office.grant("a", user: "mara")
            for role in ["a", "b"] {
                let reason = try await office.refusal("role.delete", role)
                #expect(reason == "role_in_use")
            }
            try await office.run("role-grant.delete", grant)
            let recorded = try await office.events {
                try await office.run("role.delete", "a")
                try await office.run("role.delete", "b")
            }
            #expect(
                recorded == [
                    "configuration.deleted role-contains b in a", "configuration.deleted role a",
                    "configuration.deleted role b",
                ])
        }
    }
}

struct PrepareTests {
    @Test(arguments: TestStore.allCases) func onceAndOnlyOnce(_ store: TestStore) async throws {
        try await Office.open(store, prepared: false) { office in
            let first = try await office.events { try await office.identity.prepare(at: office.time.now) }
            #expect(first.count == 2 * AdminRole.allCases.count - 1)
            #expect(first.contains("configuration.created role admin"))
            #expect(first.contains("configuration.created role-contains auditor in admin"))
            let second = try await office.events { try await office.identity.prepare(at: office.time.now) }
            #expect(second == [])
            let listed = try await office.run("role.list")
            let names = listed["items"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(names == AdminRole.allCases.map(\.rawValue).sorted())
        }
    }
}
