import Core
import Foundation
import Ports
import Testing

@testable import Spokes

/// Tables of facts about Okta, under `Tests/Facts`.
private func table(_ name: String) throws -> [[String]] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Facts/\(name).tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return lines.dropFirst().map { line in
        line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
}

/// One operation of Okta's OpenAPI, as far as a request can break it.
private struct Fact {
    let path: [Substring]
    let method: String
    let query: Set<String>
    let headers: Set<String>
    let scopes: [String]
    let success: Set<Int>
    let body: String
    /// JSON Pointers of members; with `!` behind those that must be there, `/*` for free names.
    let members: Set<String>

    init(_ row: [String]) {
        func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        method = row[1]
        path = row[2].split(separator: "/")
        query = Set(list(row[3]))
        headers = Set(list(row[4]))
        scopes = list(row[5])
        success = Set(list(row[6]).compactMap { Int($0) })
        body = row[7]
        members = Set(list(row[8]))
    }

    var placeholders: Int { path.count { $0.hasPrefix("{") } }

    func fits(_ request: RequestTemplate) -> Bool {
        let own = request.path.split(separator: "/")
        return request.method.rawValue == method && own.count == path.count
            && zip(own, path).allSatisfy { $0.1.hasPrefix("{") || $0.0 == $0.1 }
    }
}

/// The pointers of a body's members; a list is a member, its items are not.
private func pointers(_ body: JSON, _ start: String = "") -> [String] {
    guard let object = body.object else { return [] }
    return object.members.flatMap { member in
        let pointer = member.name == "..." ? start + "/*" : start + "/" + member.name
        return [pointer] + pointers(member.value, pointer)
    }
}

@Suite("The Okta spoke and Okta's own documents") struct OktaFactsTests {
    private let okta: Spoke

    init() throws { okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta")) }

    @Test("every request of every action is one of Okta's OpenAPI") func requests() throws {
        let facts = try table("okta-operations").map(Fact.init)
        #expect(facts.count == 48 && okta.actions.count == 59)
        for action in okta.actions {
            let fitting = facts.filter { $0.fits(action.request) }
            // Where a literal segment and a placeholder both fit, the literal is meant.
            guard let fact = fitting.min(by: { $0.placeholders < $1.placeholders }) else {
                Issue.record("\(action.key): Okta has no \(action.request.method.rawValue) \(action.request.path)")
                continue
            }
            #expect(action.scopes == fact.scopes, "\(action.key)")
            let success = action.key == "deactivate_user" ? fact.success.union([204]) : fact.success
            #expect(action.success.isSubset(of: success), "\(action.key)")
            #expect(Set(action.request.query.map(\.name)).isSubset(of: fact.query.union(paging)), "\(action.key)")
            #expect(Set(action.request.headers.map(\.name)).isSubset(of: fact.headers), "\(action.key)")
            let sent = action.request.body.map { pointers($0) } ?? []
            #expect(fact.body != "required" || action.request.body != nil, "\(action.key) sends no body")
            #expect(fact.body != "-" || action.request.body == nil, "\(action.key) sends a body")
            for pointer in sent {
                #expect(
                    fact.members.contains(pointer) || fact.members.contains(pointer + "!"),
                    "\(action.key): Okta knows no \(pointer)")
            }
            for member in fact.members where member.hasSuffix("!") {
                let pointer = String(member.dropLast())
                let parent = pointer.prefix(upTo: pointer.lastIndex(of: "/") ?? pointer.startIndex)
                guard parent.isEmpty || sent.contains(String(parent)) else { continue }
                #expect(sent.contains(pointer), "\(action.key) lacks \(pointer)")
            }
        }
    }

    /// What every list takes, though the OpenAPI names it at most of them only.
    private let paging: Set<String> = ["limit"]

    @Test("all documented actions are there, spelled as documented") func names() throws {
        let documented = try table("okta-actions").map { ($0[0], $0[1]) }
        #expect(documented.count == 59 && documented.count { $0.1 == "documented" } == 49)
        #expect(Set(okta.actions.map(\.name)) == Set(documented.map(\.0)))
    }

    @Test("one action needs a scope beyond the nine") func scopes() {
        let nine: Set<String> = [
            "okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage", "okta.apps.read",
            "okta.apps.manage", "okta.logs.read", "okta.eventHooks.read", "okta.eventHooks.manage",
        ]
        #expect(okta.actions.filter { !nine.isSuperset(of: $0.scopes) }.map(\.key) == ["user_fields"])
        #expect(Set(okta.actions.flatMap(\.scopes)).subtracting(nine) == ["okta.schemas.read"])
    }

    @Test("every right has its document, and every action a right") func permissions() {
        for action in okta.actions {
            #expect(!action.permissions.isEmpty, "\(action.key)")
            #expect(action.permissions.allSatisfy { !$0.source.isEmpty }, "\(action.key)")
        }
        let roles = okta.actions.filter { action in
            action.permissions.contains { if case .standardRole = $0.right { true } else { false } }
        }
        #expect(roles.map(\.key) == ["logs_stream"])
        #expect(okta.actions.flatMap(\.permissions).count { $0.basis == .proved } > 40)
    }

    @Test("passwords and links go nowhere that is kept") func sensitive() {
        let inputs = okta.actions.flatMap { action in
            action.input.properties.filter(\.isSensitive).map { "\(action.key).\($0.name)" }
        }
        let outputs = okta.actions.flatMap { action in
            action.kind.fields.filter(\.isSensitive).map { "\(action.key).\($0.name)" }
        }
        #expect(
            Set(inputs) == [
                "create_user.password", "change_password.old_password", "change_password.new_password",
                "set_user_password.password", "create_event_hook.auth_value", "update_event_hook.auth_value",
            ])
        #expect(
            Set(outputs) == [
                "activate_user.activation_url", "restart_user_activation.activation_url",
                "reset_to_temporary_password.temporary_password",
            ])
    }

    @Test("every error code has a reason of ours, whatever its status")
    func errors() async throws {
        let rows = try table("okta-errors")
        #expect(rows.count == 41)
        for row in rows {
            let status = try #require(Int(row[1]))
            #expect(okta.reasons[row[0]] == row[2], "\(row[0])")
            let run = try await run(
                "okta.lookup_user", ["login": "a@b.test"],
                outside: [reply(status, "{\"errorCode\":\"\(row[0])\",\"errorSummary\":\"x\"}")])
            #expect(run.outcome.summary.reason == row[2], "\(row[0])")
        }
        #expect(Set(rows.map { $0[0] }) == Set(okta.reasons.keys))
    }
}
