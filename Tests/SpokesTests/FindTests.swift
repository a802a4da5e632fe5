import Core
import Ports
import Testing

private let base = "https://acme.example:8443"

private func page(_ body: String, next: String? = nil) -> Result<OutboundReply, OutboundFailure> {
    reply(200, body, next.map { [("link", "<\(base)/x?after=\($0)>; rel=\"next\"")] } ?? [])
}

private func group(_ id: String, _ name: String = "Red") -> String {
    #"{"id":"\#(id)","type":"OKTA_GROUP","profile":{"name":"\#(name)","description":null}}"#
}

private let both = FakeCredentials(actions: ["is_user_in_group", "lookup_group_by_name", "list_user_factors"])

@Test(arguments: [(["g1"], true, 1), (["g3"], true, 2), (["g9"], false, 2), (["G1"], false, 2)])
func aMemberIsFoundOnAnyPageAndNoPageBehindIsRead(_ wanted: [String], _ isMember: Bool, _ calls: Int) async throws {
    let run = try await run(
        "okta.is_user_in_group", ["user_id": "u", "group_id": .string(wanted[0])], both,
        outside: [page("[\(group("g1")),\(group("g2"))]", next: "1"), page("[\(group("g3"))]")])
    #expect(run.outcome == .done(["member": .bool(isMember)]))
    #expect(run.sent.count == calls)
}

@Test func aGroupIsFoundByItsWholeName() async throws {
    let run = try await run(
        "okta.lookup_group_by_name", ["name": #"Red "1""#], both,
        outside: [page("[\(group("g1", "Red")),\(group("g2", #"Red \"1\""#))]")])
    guard case .done(let output) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(output["id"] == "g2" && output["description"] == .null)
    #expect(run.sent[0].url.hasSuffix("/api/v1/groups?search=profile.name%20eq%20%22Red%20%5C%221%5C%22%22&limit=200"))
}

@Test(arguments: [
    ("none", "[]", "not_found"), ("only a beginning", "[\(group("g1", "Redder"))]", "not_found"),
    ("two of one name", "[\(group("g1")),\(group("g2"))]", "ambiguous"),
    ("not what is documented", #"[{"id":"g1"}]"#, "reply_unexpected"), ("no list", "{}", "reply_unexpected"),
])
func aGroupThatIsNotTheOneIsNotAnswered(_ what: Comment, _ body: String, _ reason: String) async throws {
    let run = try await run("okta.lookup_group_by_name", ["name": "Red"], both, outside: [page(body)])
    #expect(run.outcome.summary.word == "failed" && run.outcome.summary.reason == reason, what)
}

@Test func anOutputOfAnotherTypeIsNotWhatIsDocumented() async throws {
    let run = try await run(
        "okta.list_user_factors", ["user_id": "u"], both,
        outside: [page(#"[{"id":1,"factorType":"sms","provider":"OKTA","status":"ACTIVE"}]"#)])
    #expect(run.outcome.summary.reason == "reply_unexpected")
}
