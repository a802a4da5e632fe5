import Core
import Ports
import Testing

@testable import OAuthServer

private let hub = OAuthDesk.issuer
private let (one, two) = ("https://one.example/api", "urn:example:two")
private let reads: JSON = ["type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"]]
private let writes: JSON = ["type": "linchpin_api", "actions": ["GET", "POST"], "datatypes": ["incident"]]
private let runs: JSON = ["type": "linchpin_action", "actions": ["okta.lookup_user"], "alias": "okta"]

private func carried(_ resources: [String] = [], _ details: [JSON] = []) -> Carried {
    var carried = Carried()
    (carried.resources, carried.details) = (resources, details)
    return carried
}

@Suite("What a request names beside its scopes") struct TargetTests {
    @Test(
        "RFC 8707 §2 (MUST): an absolute URI without a fragment",
        arguments: [
            (one, true), (two, true), ("https://one.example", true), ("https://one.example?x=1", true),
            ("com.example.api:", false), (":x", false), ("/api", false), ("one.example", false), ("", false),
            ("https://one.example#f", false), ("https://one.example/a b", false), ("https://one.example/\u{E9}", false),
            ("1s:x", false), ("h\u{FC}b:x", false), ("x:" + String(repeating: "a", count: 499), false),
        ])
    func resourceServers(_ text: String, _ isWellFormed: Bool) {
        #expect(ResourceServer.isWellFormed(text) == isWellFormed)
    }

    /// What is sent, and why it is refused, or nil.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let reason: String?
        var resources: [String] = []
        var details: String?
        var granted = Carried()
        var isFirst = true
        var expected = Carried()
        var testDescription: String { name }
    }

    @Test(
        "RFC 8707 §2, RFC 9396 §5, §6: what is granted",
        arguments: [
            Row(name: "nothing", reason: nil),
            Row(name: "the hub", reason: nil, resources: [hub]),
            Row(name: "the hub with an empty path", reason: nil, resources: [hub + "/"]),
            Row(name: "another", reason: nil, resources: [one], expected: carried([one])),
            Row(name: "twice the same", reason: nil, resources: [two, two], expected: carried([two])),
            Row(name: "several", reason: nil, resources: [two, hub], expected: carried([two, hub])),
            Row(name: "an unknown one", reason: "resource_not_allowed", resources: ["https://evil.example"]),
            Row(name: "one byte more", reason: "resource_not_allowed", resources: [one + "/"]),
            Row(name: "a path", reason: "resource_malformed", resources: ["/api"]),
            Row(
                name: "too many", reason: "resource_malformed", resources: (0..<21).map { "https://x.example/\($0)" }),
            Row(
                name: "fewer than before", reason: nil, resources: [one], granted: carried([one, two]), isFirst: false,
                expected: carried([one])),
            Row(
                name: "as before", reason: nil, granted: carried([one, two]), isFirst: false,
                expected: carried([one, two])),
            Row(
                name: "another than before", reason: "resource_not_granted", resources: [two], granted: carried([one]),
                isFirst: false),
            Row(
                name: "another than the hub", reason: "resource_not_granted", resources: [one], isFirst: false),
            Row(name: "the hub as before", reason: nil, resources: [hub], isFirst: false),
            Row(
                name: "the hub, which was not named before", reason: "resource_not_granted", resources: [hub],
                granted: carried([one]), isFirst: false),
            Row(
                name: "no further than what a first grant carries", reason: "resource_not_granted", resources: [two],
                granted: carried([one])),
            Row(
                name: "some were taken away since", reason: nil, granted: carried([one, "https://gone.example"]),
                isFirst: false, expected: carried([one])),
            Row(
                name: "all were taken away since", reason: "resource_not_allowed",
                granted: carried(["https://gone.example"]), isFirst: false),
            Row(name: "details", reason: nil, details: "[\(reads.text())]", expected: carried([], [reads])),
            Row(name: "details: no JSON", reason: "details_malformed", details: "[{"),
            Row(name: "details: an object", reason: "details_malformed", details: reads.text()),
            Row(name: "details: none", reason: "details_malformed", details: "[]"),
            Row(name: "details: a text", reason: "details_malformed", details: "[\"linchpin_api\"]"),
            Row(name: "details: a name twice", reason: "details_malformed", details: #"[{"type":"a","type":"a"}]"#),
            Row(name: "details: an unknown type", reason: "details_malformed", details: #"[{"type":"payment"}]"#),
            Row(
                name: "details: elsewhere", reason: "details_malformed",
                details:
                    #"[{"type":"linchpin_api","actions":["GET"],"paths":["/a"],"locations":["https://one.example"]}]"#),
            Row(
                name: "details: too many", reason: "details_malformed",
                details: JSON.array([JSON](repeating: reads, count: 11)).text()),
            Row(
                name: "details: too long", reason: "details_malformed",
                details: "[\(reads.text())" + String(repeating: " ", count: 4_096) + "]"),
            Row(
                name: "details: of a type that the client may not use", reason: "detail_type_not_allowed",
                details: "[\(runs.text())]"),
            Row(
                name: "details: less than before", reason: nil, details: "[\(reads.text())]",
                granted: carried([], [writes]), isFirst: false, expected: carried([], [reads])),
            Row(
                name: "details: more than before", reason: "details_not_granted", details: "[\(writes.text())]",
                granted: carried([], [reads]), isFirst: false),
            Row(
                name: "details: where scopes alone said before", reason: nil, details: "[\(reads.text())]",
                isFirst: false, expected: carried([], [reads])),
            Row(
                name: "details: their type was taken away since", reason: "detail_type_not_allowed",
                granted: carried([], [runs]), isFirst: false),
            Row(
                name: "details: some that cannot be read any more", reason: "detail_type_not_allowed",
                granted: carried([], [["type": "gone"]]), isFirst: false),
        ])
    func granted(_ row: Row) {
        var settings = ClientSettings()
        (settings.resources, settings.detailTypes) = ([one, two], ["linchpin_api"])
        let result = Target.read(resources: row.resources, details: row.details, hub: hub)
            .flatMap { $0.granted(row.granted, isFirst: row.isFirst, to: settings, hub: hub) }
        switch result {
        case .success(let carried):
            #expect(row.reason == nil)
            #expect(carried == row.expected)
        case .failure(let refusal):
            #expect(refusal.reason == row.reason)
            let code: TokenRefusal.Code =
                refusal.reason.hasPrefix("resource") ? .invalidTarget : .invalidAuthorizationDetails
            #expect(refusal.code == code && AuthorizationRefusal.target(refusal).code.rawValue == code.rawValue)
            #expect(!refusal.description.contains("\"") && !refusal.description.contains("\\"))
        }
    }

    @Test("what else is carried stays")
    func kept() throws {
        var before = Carried()
        (before.session, before.signedInAt) = ("s1", Timestamp(epochSeconds: 1))
        let target = try Target.read(resources: [hub], details: nil, hub: hub).get()
        #expect(try target.granted(before, isFirst: true, to: ClientSettings(), hub: hub).get() == before)
    }
}
