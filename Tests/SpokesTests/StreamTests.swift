import Core
import Ports
import Testing

private let groups =
    #"[{"id":"g1","type":"OKTA_GROUP","profile":{"name":"A"}},{"id":"g2","type":"BUILT_IN","profile":{"name":"B"}}]"#
private let base = "https://acme.example:8443"

private func page(_ next: String?) -> Result<OutboundReply, OutboundFailure> {
    var links = [(name: "link", value: "<\(base)/self>; rel=\"self\"")]
    if let next { links.append(("link", "<\(next)>; rel=\"next\"")) }
    return reply(200, groups, links)
}

@Test func aStreamFollowsNextLinksOfTheSameOrigin() async throws {
    let run = try await run(
        "okta.user_groups_stream", ["user_id": "u"], outside: [page("\(base)/api/v1/x?after=1"), page(nil)])
    guard case .done(let json) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(json["count"] == 4 && json.value(at: "/items/1") == ["id": "g2", "type": "BUILT_IN", "name": "B"])
    #expect(json["more"] == nil)
    #expect(run.sent.map(\.url) == ["\(base)/api/v1/users/u/groups", "\(base)/api/v1/x?after=1"])
    #expect(run.log.count == 2 && run.log.allSatisfy { $0.path == "/api/v1/users/{user_id}/groups" })
}

@Test(arguments: [
    "http://acme.example:8443/x", "https://acme.example/x", "https://evil.example:8443/x", "/relative",
    "https://acme.example:8443@evil.example/x", "https://acme.example:8443\\@evil.example/", "//evil.example/",
    "https://acme.example.:8443/x",
])
func aForeignNextLinkIsNotFollowed(_ link: String) async throws {
    let run = try await run("okta.user_groups_stream", ["user_id": "u"], outside: [page(link), page(nil)])
    guard case .failed("foreign_next_link", let says) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(run.sent.count == 1 && !says.contains("evil"))
}

@Test func aRepeatedCursorEndsTheStream() async throws {
    let loop = page("\(base)/x?after=1")
    let run = try await run("okta.user_groups_stream", ["user_id": "u"], outside: [loop, loop, loop])
    guard case .failed("repeated_cursor", _) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(run.sent.count == 2)
}

@Test(arguments: [0, 1, 2, 3])
func aBoundedStreamIsCutAndReadsNoFurtherPage(_ most: Int) async throws {
    let run = try await run(
        "okta.user_groups_stream", ["user_id": "u"], most: most,
        outside: [page("\(base)/x?after=1"), page("\(base)/x?after=2"), page(nil)])
    guard case .done(let json) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(json["count"] == .int(Int64(most)) && json["more"] == true)
    #expect(run.sent.count == (most <= 2 ? 1 : 2))
}

@Test func endlessPagesEndAtTheBound() async throws {
    let pages = (0...Limits.streamPages.value).map { page("\(base)/x?after=\($0)") }
    let run = try await run("okta.user_groups_stream", ["user_id": "u"], outside: pages)
    guard case .failed("too_many_items", _) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(run.sent.count == Limits.streamPages.value)
}

@Test func aPageThatIsNoListFails() async throws {
    let run = try await run("okta.user_groups_stream", ["user_id": "u"], outside: [reply(200, "{}")])
    guard case .failed("reply_unexpected", _) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
}
