import Core
import Ports
import Testing

@testable import Console

@Suite("The way of one request") struct WayTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: JSON
        /// The states of the stations, by their first letters.
        let states: String
        let deciding: String?
    }

    static func inbound(_ outcome: String, _ status: Int64, reason: String = "", decision: JSON = .null) -> JSON {
        [
            "direction": "in", "method": "POST", "path": "/api/now/table/hr_leaver", "status": .int(status),
            "outcome": .string(outcome), "reason": .string(reason), "client": "hr", "user": "svc",
            "microseconds": 1_200, "decision": decision, "correlation": "c-7Q2M4XK0B1D5E",
        ]
    }

    /// A row whose reason says what it means.
    static func meant(_ outcome: String, _ status: Int64) -> JSON {
        var row = inbound(outcome, status, reason: "why").object ?? [:]
        (row["says"], row["next"]) = ("It happened.", "Do this.")
        return .object(row)
    }

    static func decision(_ deciding: String) -> JSON {
        let names = ["credential", "token", "client", "user", "scope", "right"]
        return [
            "allowed": false, "deciding": .string(deciding), "would_pass_with": "a scope",
            "checks": .array(
                names.map {
                    [
                        "check": .string($0), "outcome": .string($0 == deciding ? "failed" : "passed"),
                        "evidence": "seen",
                    ]
                }),
        ]
    }

    static let inboundRows = [
        Row(testDescription: "allowed", request: inbound("allowed", 201), states: "pppppp", deciding: nil),
        Row(
            testDescription: "no scope", request: inbound("refused", 403, decision: decision("scope")),
            states: "ppfuup", deciding: "Scope"),
        Row(
            testDescription: "bad token", request: inbound("refused", 401, decision: decision("token")),
            states: "pfuuup", deciding: "Token"),
        Row(
            testDescription: "wrong client secret", request: inbound("refused", 401, reason: "invalid_client"),
            states: "pfuuup", deciding: "Authentication"),
        Row(
            testDescription: "no such route", request: inbound("failed", 404, reason: "no_such_path"),
            states: "fuuuup", deciding: "Transport"),
        Row(
            testDescription: "a field is missing", request: inbound("failed", 400, reason: "missing_field"),
            states: "pppfup", deciding: "Handler"),
        Row(
            testDescription: "a person's no, sent back by a redirect", request: meant("refused", 303),
            states: "pppfup", deciding: "Handler"),
        Row(
            testDescription: "a secret, told", request: meant("refused", 401), states: "pfuuup",
            deciding: "Authentication"),
    ]

    @Test("the stations of what came in", arguments: inboundRows)
    func comingIn(row: Row) { check(InboundWay(row.request).stations, row) }

    @Test("a reason that says what it means is told with its next step, and needs no simulator")
    func told() {
        let station = InboundWay(Self.meant("refused", 401)).stations.first(where: \.isDeciding)
        #expect(station?.evidence == "It happened. Reason: why.")
        #expect(station?.flip == "Do this." && station?.link == nil)
    }

    @Test("what came in says from where, and what was wrong with it; the own socket has no address")
    func whereFrom() {
        func way(_ address: String) -> [Station] {
            var request = Self.inbound("failed", 400, reason: "missing_field").object ?? [:]
            request["address"] = .string(address)
            request["about"] = "A record needs \"name\"."
            return InboundWay(.object(request)).stations
        }
        #expect(way("192.0.2.1").first?.evidence?.contains(" arrived from 192.0.2.1, whole") == true)
        #expect(way("-").first?.evidence?.contains(" arrived, whole") == true)
        #expect(way("-").first(where: \.isDeciding)?.evidence == "A record needs \"name\". Reason: missing_field.")
    }

    static func outbound(
        _ outcome: String, _ status: Int64, _ reason: String = "", refusedBy check: GateCheck? = nil
    ) -> JSON {
        [
            "direction": "out", "method": "POST", "path": "/api/v1/users/{user_id}/lifecycle/suspend",
            "status": .int(status), "outcome": .string(outcome), "reason": .string(reason),
            "connection": "okta-prod", "action": "okta.suspend_user", "execution": "e1/suspend", "microseconds": 900,
            "decision": check?.refusal(reason, "Said by the gate.") ?? .null,
        ]
    }

    static let outboundRows = [
        Row(testDescription: "answered", request: outbound("allowed", 200), states: "ppppp", deciding: nil),
        Row(
            testDescription: "a reason that the console does not know",
            request: outbound("refused", 0, "brand_new", refusedBy: .input), states: "pfuup", deciding: "Input"),
        Row(
            testDescription: "a refusal whose decision is not shown", request: outbound("refused", 0, "brand_new"),
            states: "pfuup", deciding: "Gate"),
        Row(
            testDescription: "no answer", request: outbound("failed", 0, "no_answer"), states: "pppfp",
            deciding: "Outside"),
    ]

    @Test(
        "the stations of what goes out",
        arguments: outboundRows
            + GateCheck.allCases.map {
                Row(
                    testDescription: "refused by \($0)", request: outbound("refused", 0, "why", refusedBy: $0),
                    states: "pfuup", deciding: Words.label($0.rawValue))
            })
    func goingOut(row: Row) {
        let step: JSON = ["path": "suspend", "says": "Said by the gate.", "state": "refused"]
        let stations = OutboundWay(request: row.request, step: step).stations
        check(stations, row)
        let all = stations + stations.flatMap(\.checks)
        if row.deciding != nil {
            #expect(all.contains { $0.isDeciding && $0.evidence?.contains("Said by the gate.") == true })
        }
    }

    @Test("a refused action shows where it is enabled")
    func flips() {
        let way = OutboundWay(
            request: Self.outbound("refused", 0, "action_not_enabled", refusedBy: .enabled), step: nil)
        let links = way.stations.flatMap(\.checks).compactMap(\.link)
        #expect(links.map(\.path.text) == ["/console/connections/okta-prod/enable-action?action=suspend_user"])
    }

    static func step(_ state: StepState, sent: Bool = false, action: JSON = "okta.suspend_user") -> JSON {
        [
            "path": "suspend", "action": action, "title": "What", "state": .string(state.rawValue), "sent": .bool(sent),
            "reason": "why", "says": "It says so.",
        ]
    }

    static let stepRows = [
        Row(testDescription: "done", request: step(.done, sent: true), states: "ppppp", deciding: nil),
        Row(testDescription: "refused by the gate", request: step(.refused), states: "pfup", deciding: "Gate"),
        Row(
            testDescription: "refused by the gate when it was about to leave", request: step(.refused, sent: true),
            states: "pfup", deciding: "Gate"),
        Row(testDescription: "failed before the gate", request: step(.failed), states: "fuup", deciding: "Planned"),
        Row(testDescription: "failed outside", request: step(.failed, sent: true), states: "pppfp", deciding: "Answer"),
        Row(testDescription: "in doubt", request: step(.inDoubt, sent: true), states: "pppdp", deciding: "Answer"),
        Row(
            testDescription: "an approval refused", request: step(.refused, action: .null), states: "pfp",
            deciding: "Outcome"),
        Row(
            testDescription: "a wait that failed", request: step(.failed, action: .null), states: "pfp",
            deciding: "Outcome"),
        Row(testDescription: "a wait that is over", request: step(.done, action: .null), states: "ppp", deciding: nil),
    ]

    @Test("the stations of a step", arguments: stepRows)
    func steps(row: Row) throws { check(try #require(StepWay(row.request)).stations, row) }

    @Test("a state that no step has has no way") func noState() {
        #expect(StepWay(["state": "running"])?.stations == nil)
    }

    private func check(_ stations: [Station], _ row: Row) {
        #expect(stations.map { String($0.state.rawValue.prefix(1)) }.joined() == row.states)
        let deciding = (stations + stations.flatMap(\.checks)).filter(\.isDeciding).map(\.name)
        #expect(deciding == [row.deciding].compactMap(\.self))
    }
}

@Suite("A flow's graph") struct GraphTests {
    private static func node(_ id: String, _ kind: String, in outer: String? = nil, _ branch: String? = nil) -> JSON {
        [
            "id": .string(id), "kind": .string(kind), "title": "<b>what</b>",
            "inside": outer.map { .string($0) } ?? .null,
            "branch": branch.map { .string($0) } ?? .null,
        ]
    }

    private static let graph: JSON = [
        "nodes": [
            node("trigger", "trigger"), node("find", "action"), node("both", "parallel"),
            node("left", "action", in: "both", "account"), node("right", "wait", in: "both", "note"),
            node("tell", "record", in: nil, "on_error"),
        ],
        "edges": [
            ["from": "trigger", "to": "find", "kind": "next"], ["from": "trigger", "to": "tell", "kind": "error"],
        ],
    ]

    @Test("no box lies on another, and all lie in the drawing")
    func layout() {
        let graph = Graph(Self.graph)
        #expect(graph.boxes.map(\.name) == ["trigger", "find", "both", "left", "right", "tell"])
        for (place, box) in graph.boxes.enumerated() {
            #expect(box.x + box.width <= graph.width && box.y + box.height <= graph.height, "\(box.name)")
            for other in graph.boxes.dropFirst(place + 1) {
                let apart =
                    box.x + box.width <= other.x || other.x + other.width <= box.x || box.y + box.height <= other.y
                    || other.y + other.height <= box.y
                #expect(apart, "\(box.name) and \(other.name)")
            }
        }
    }

    @Test("a step shows the state of its attempts that matters most")
    func states() {
        let steps: [JSON] = [
            ["path": "find", "state": "failed"], ["path": "find", "state": "done"],
            ["path": "both.account.left", "state": "in_doubt"], ["path": "tell", "state": "cancelled"],
        ]
        let boxes = Graph(Self.graph, steps: steps).boxes
        #expect(boxes.map(\.tone) == [.plain, .good, .plain, .warn, .plain, .plain])
        #expect(boxes.map(\.mark) == [nil, "●", nil, "▲", nil, "○"])
    }
}
