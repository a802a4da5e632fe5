import AuditTrail
import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

@Test("a new record: the row, its event and its message", arguments: TestStore.allCases)
func create(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let cause = fixture.test.cause(Actor(.client, id: "c1", name: "hr-system"))
        let body: JSON = [
            "name": "Mara Lindqvist", "email": "mara@example.com", "employee_number": 42, "status": "leaving",
            "last_day": "2026-11-30", "manager": nil, "notes": "first\n\tsecond 🦊",
        ]
        let made = try await fixture.records.create("hr_leaver", body: body, cause: cause)
        let sysID = try #require(made["sys_id"]?.string)
        #expect(DictionaryName.isID(sysID))
        let expected: JSON = [
            "name": "Mara Lindqvist", "email": "mara@example.com", "employee_number": "42", "manager": "",
            "last_day": "2026-11-30", "status": "leaving", "notes": "first\n\tsecond 🦊", "sys_id": .string(sysID),
            "sys_created_on": .string(cause.now.platform), "sys_created_by": "hr-system",
            "sys_updated_on": .string(cause.now.platform), "sys_updated_by": "hr-system", "sys_mod_count": "0",
        ]
        #expect(made == expected)
        let read = try await fixture.records.get("hr_leaver", sysID, cause: cause)
        #expect(read == expected)
        let events = try await fixture.events()
        #expect(
            events == [
                AuditEvent(
                    .recordCreated, on: .init("record", id: sysID, name: "hr_leaver"), by: cause,
                    [
                        .table: "hr_leaver", .record: sysID,
                        .fields: "name,email,employee_number,last_day,status,notes",
                    ]
                ).json
            ])
        let messages = try await fixture.messages()
        #expect(messages.count == 1)
        let change = try #require(messages[0]["change"]?.string)
        #expect(DictionaryName.isID(change) && change != sysID)
        #expect(
            messages == [
                [
                    "change": .string(change), "table": "hr_leaver", "sys_id": .string(sysID), "kind": "inserted",
                    "record": expected, "correlation": .string(cause.correlation.text), "chain": [],
                    "by": ["client:c1"],
                ]
            ])
    }
}

@Test("a patch changes only what it names, and is in the flow's chain", arguments: TestStore.allCases)
func update(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let sysID = try await fixture.leaver(["manager": "Zoe"])
        let before = try await fixture.records.get("hr_leaver", sysID, cause: fixture.test.cause())
        fixture.test.advance(seconds: 61)
        let cause = fixture.test.cause(Actor(.flow, id: "offboard-leaver", name: "offboard-leaver"))
        let change = fixture.records.change(
            table: "hr_leaver", sysID: sysID, set: ["status": "needs_attention", "manager": ""], by: cause,
            ledBy: Lineage(chain: ["first", "offboard-leaver"], origins: ["user:u1"]))
        try await fixture.database.write(.change, change)
        let after = try await fixture.records.get("hr_leaver", sysID, cause: cause)
        var expected = try #require(before.object)
        expected["status"] = "needs_attention"
        expected["manager"] = ""
        expected["sys_updated_on"] = .string(cause.now.platform)
        expected["sys_updated_by"] = "offboard-leaver"
        expected["sys_mod_count"] = "1"
        #expect(after == .object(expected))
        let events = try await fixture.events()
        #expect(
            events.dropFirst() == [
                AuditEvent(
                    .recordUpdated, on: .init("record", id: sysID, name: "hr_leaver"), by: cause,
                    [.table: "hr_leaver", .record: sysID, .fields: "manager,status"]
                ).json
            ])
        let messages = try await fixture.messages()
        #expect(messages.count == 2)
        #expect(messages[1]["kind"] == "updated")
        #expect(messages[1]["chain"] == ["first", "offboard-leaver"] && messages[1]["by"] == ["user:u1"])
        #expect(messages[1]["record"] == after)
        // The folded columns followed: the new text is found, the old one is not.
        let found = try await fixture.find("statusLIKENEEDS", "sys_id")
        let gone = try await fixture.find("managerLIKEzoe", "sys_id")
        #expect(found == [sysID] && gone.isEmpty)
    }
}

@Test("a patch that changes nothing leaves nothing", arguments: TestStore.allCases)
func emptyPatch(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let sysID = try await fixture.leaver(["notes": "Jose\u{301}"])
        let before = try await fixture.everything()
        for body: JSON in [[:], ["status": "leaving"], ["notes": "Jose\u{301}", "manager": nil]] {
            let cause = fixture.test.cause()
            let same = try await fixture.records.update("hr_leaver", sysID, body: body, cause: cause)
            #expect(same["sys_mod_count"] == "0")
        }
        let after = try await fixture.everything()
        #expect(after == before)
        // Another spelling of the same letter is a change: texts compare as bytes.
        let cause = fixture.test.cause()
        let other = try await fixture.records.update("hr_leaver", sysID, body: ["notes": "Jos\u{E9}"], cause: cause)
        #expect(other["sys_mod_count"] == "1")
    }
}

@Test("a deleted record is gone, and flows get what it was", arguments: TestStore.allCases)
func delete(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let kept = try await fixture.leaver(["name": "Kept"])
        let sysID = try await fixture.leaver()
        let cause = fixture.test.cause()
        let was = try await fixture.records.get("hr_leaver", sysID, cause: cause)
        try await fixture.records.delete("hr_leaver", sysID, cause: cause)
        let left = try await fixture.find("sys_id!=", "sys_id")
        #expect(left == [kept])
        let messages = try await fixture.messages()
        #expect(messages.count == 3)
        #expect(messages[2]["kind"] == "deleted" && messages[2]["record"] == was && messages[2]["chain"] == [])
        let events = try await fixture.events()
        #expect(
            events.last
                == AuditEvent(
                    .recordDeleted, on: .init("record", id: sysID, name: "hr_leaver"), by: cause,
                    [.table: "hr_leaver", .record: sysID]
                ).json)
        let again = await refusal { try await fixture.records.delete("hr_leaver", sysID, cause: cause) }
        #expect(again?.reason == "no_record")
        let count = try await fixture.messages().count
        #expect(count == 3)
    }
}

/// A write that is refused: what is sent, the reason, and what the message must say.
private struct RefusedWrite: Sendable {
    let body: JSON
    let reason: String
    let says: String
    init(_ body: JSON, _ reason: String, _ says: String) {
        self.body = body
        self.reason = reason
        self.says = says
    }
}

private let refusedWrites: [RefusedWrite] = [
    RefusedWrite([], "bad_body", "JSON object"),
    RefusedWrite("canary7", "bad_body", "JSON object"),
    RefusedWrite(["nope": "x"], "unknown_field", "\"nope\""),
    RefusedWrite(["name__fold": "x"], "unknown_field", "\"name__fold\""),
    RefusedWrite(["Name": "x"], "unknown_field", "\"Name\""),
    RefusedWrite(["sys_id": "0123456789abcdef0123456789abcdef"], "read_only_field", "sys_id"),
    RefusedWrite(["sys_created_by": "me"], "read_only_field", "sys_created_by"),
    RefusedWrite(["name": ""], "missing_field", "\"name\""),
    RefusedWrite(["email": nil], "missing_field", "\"email\""),
    RefusedWrite(["status": "canary7"], "bad_value", "leaving, done, needs_attention"),
    RefusedWrite(["status": "Done"], "bad_value", "\"status\""),
    RefusedWrite(["last_day": "canary7"], "bad_value", "2026-11-30"),
    RefusedWrite(["last_day": "2026-13-01"], "bad_value", "\"last_day\""),
    RefusedWrite(["last_day": 20_261_130], "bad_value", "\"last_day\""),
    RefusedWrite(["manager": ["canary7"]], "bad_value", "one value"),
    RefusedWrite(["manager": ["value": "canary7"]], "bad_value", "one value"),
    RefusedWrite(["manager": .string(String(repeating: "x", count: 101))], "bad_value", "100 characters"),
    RefusedWrite(["manager": "two\nlines"], "bad_value", "control"),
    RefusedWrite(["notes": "carriage\rreturn"], "bad_value", "control"),
    RefusedWrite(["notes": "nul\u{0}"], "bad_value", "control"),
    RefusedWrite(["notes": "c1\u{85}"], "bad_value", "control"),
    RefusedWrite(["notes": .string(String(repeating: "x", count: 4_001))], "bad_value", "4000"),
]

@Test("a refused write changes nothing", arguments: TestStore.allCases)
func refusedWritesChangeNothing(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let sysID = try await fixture.leaver()
        let before = try await fixture.everything()
        let cause = fixture.test.cause()
        for row in refusedWrites {
            var full = row.body
            if var object = row.body.object {
                for (name, value) in [("name", "a"), ("email", "b"), ("status", "done")] where object[name] == nil {
                    object[name] = .string(value)
                }
                full = .object(object)
            }
            let errors = [
                await refusal { _ = try await fixture.records.create("hr_leaver", body: full, cause: cause) },
                await refusal {
                    _ = try await fixture.records.update("hr_leaver", sysID, body: row.body, cause: cause)
                },
            ]
            for error in errors {
                #expect(error?.kind == .invalid && error?.reason == row.reason, "\(row.body): \(error?.reason ?? "-")")
                #expect(error?.message.contains(row.says) == true, "\(error?.message ?? "-")")
                #expect(error?.message.contains("canary7") == false)
            }
        }
        let missing = await refusal {
            _ = try await fixture.records.create("hr_leaver", body: ["name": "a", "email": "b"], cause: cause)
        }
        #expect(missing?.reason == "missing_field" && missing?.message.contains("\"status\"") == true)
        let after = try await fixture.everything()
        #expect(after == before)
    }
}

@Test("records and tables that are not there", arguments: TestStore.allCases)
func notThere(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        try await fixture.leaver()
        let before = try await fixture.everything()
        let records = fixture.records
        let cause = fixture.test.cause()
        for id in ["", "x", "0123456789abcdef0123456789abcdef", "\u{0}", "' OR 1=1 --"] {
            let errors = [
                await refusal { _ = try await records.get("hr_leaver", id, cause: cause) },
                await refusal { _ = try await records.update("hr_leaver", id, body: ["status": "done"], cause: cause) },
                await refusal { try await records.delete("hr_leaver", id, cause: cause) },
            ]
            for error in errors {
                #expect(error?.kind == .notFound && error?.message == "No Record found")
                #expect(
                    error.map(Records.detail) == "Record doesn't exist or ACL restricts the record retrieval")
            }
        }
        for name in ["nope", "", "rec_hr_leaver", "record_table", "HR_LEAVER", "hr_leaver\u{0}", "hr_leaver\""] {
            let error = await refusal { _ = try await records.list(name, query: [], cause: cause) }
            #expect(error?.kind == .invalid && error?.reason == "invalid_table")
            #expect(error?.message.hasPrefix("Invalid table ") == true && error.map(Records.detail) == "")
            let rights = try await records.rights(name)
            #expect(rights == nil)
            let create = await refusal { _ = try await records.create(name, body: [:], cause: cause) }
            #expect(create?.reason == "invalid_table")
        }
        let after = try await fixture.everything()
        #expect(after == before)
    }
}
