import Core
import Documents

/// Steps that wait: for a moment, a person, another flow, or their own branches; and how a step is tried again.
extension FlowReader {
    /// `wait: 2h` or `wait: { until: { from: trigger.record.last_day } }`
    func wait(_ map: inout MapReader) throws(DocumentProblem) -> Wait {
        let node = try map.node("wait")
        guard case .map = node.content else {
            let seconds = try duration(&map, "wait", Self.timeouts)
            try map.end()
            return .seconds(seconds ?? 0)
        }
        var inner = try map.map("wait")
        let until = try inner.node("until")
        try inner.end()
        try map.end()
        let operand = try operand(until)
        let isMoment =
            switch operand {
            case .reference: true
            case .literal(let value): value.string.flatMap(Moment.read) != nil
            case .members: false
            }
        guard isMoment else {
            throw problem(until.line, "\"until\" must be a reference, or a moment such as 2026-11-21T09:00:00Z")
        }
        return .until(operand)
    }

    /// `approval: { says: …, role: it_manager, expires: 3d }`
    func approval(_ map: inout MapReader) throws(DocumentProblem) -> ApprovalStep {
        var inner = try map.map("approval")
        try map.end()
        let says = try inner.text("says")
        guard says.unicodeScalars.count <= Limits.sentenceField.value, says.unicodeScalars.allSatisfy(\.isPlain) else {
            throw inner.mustBe("says", "one line of at most \(Limits.sentenceField.value) characters")
        }
        let role = try inner.optionalText("role")
        let user = try inner.optionalText("user")
        let expires = try duration(&inner, "expires", 60...Int64(Limits.waitSeconds.value))
        let show = try arguments(inner.optionalNode("show"), of: "\"show\" of \(inner.what)")
        let approves = try inner.optionalTexts("approves") ?? []
        let goodFor = try duration(&inner, "good_for", 60...Int64(Limits.approvalMostSeconds.value))
        try inner.end()
        if goodFor != nil, approves.isEmpty {
            throw inner.problem(at: inner.line, "\"good_for\" of \(inner.what) stands beside \"approves\" only")
        }
        guard let expires else { throw inner.problem(at: inner.line, "\(inner.what) needs \"expires\", such as 3d") }
        let decider: ApprovalStep.Decider
        switch (role, user) {
        case (let role?, nil): decider = .role(role)
        case (nil, let user?): decider = .user(user)
        default: throw inner.problem(at: inner.line, "\(inner.what) must have exactly one of: role, user")
        }
        var step = ApprovalStep(says: says, decider: decider, expires: expires, show: show, approves: approves)
        if let goodFor { step.goodFor = goodFor }
        return step
    }

    /// `flow: purge-user` with its `input` and `timeout`.
    func flow(_ map: inout MapReader) throws(DocumentProblem) -> FlowStep {
        let flow = try name(try map.node("flow"), "the flow that \(map.what) starts")
        let input = try arguments(map.optionalNode("input"), of: "\"input\" of \(map.what)")
        let timeout = try duration(&map, "timeout", Self.timeouts)
        try map.end()
        return FlowStep(flow: flow, input: input, timeout: timeout)
    }

    /// `parallel: { left: [ … ], right: [ … ] }`
    mutating func parallel(_ map: inout MapReader, depth: Int) throws(DocumentProblem) -> Parallel {
        let inner = try map.map("parallel")
        let atOnce = try bound(&map, "at_once", atMost: Limits.stepsAtOnce)
        try map.end()
        guard (2...Limits.branches.value).contains(inner.members.count) else {
            throw problem(
                inner.line, "\(inner.what) must have 2 to \(Limits.branches.value) branches, each a name and its steps")
        }
        var branches: [Parallel.Branch] = []
        for member in inner.members {
            try claim(member.key, at: member.line)
            branches.append(
                Parallel.Branch(
                    name: member.key, line: member.line, steps: try steps(member.value, depth: depth + 1)))
        }
        return Parallel(branches: branches, atOnce: atOnce ?? Limits.stepsAtOnce.value)
    }

    /// `retry: { times: 3, first: 10s, factor: 2, most: 5m }`
    func retry(_ map: inout MapReader) throws(DocumentProblem) -> Retry? {
        guard var inner = try map.optionalMap("retry") else { return nil }
        let longest = 1...Int64(Limits.retrySeconds.value)
        let times = try bound(&inner, "times", atMost: Limits.stepRetries)
        let first = try duration(&inner, "first", longest)
        let factor = try inner.optionalInt("factor") ?? 2
        let most = try duration(&inner, "most", longest)
        try inner.end()
        guard let times else { throw inner.problem(at: inner.line, "\(inner.what) needs \"times\"") }
        guard (1...10).contains(factor) else { throw inner.mustBe("factor", "a whole number from 1 to 10") }
        let delay = first ?? 10
        // What the file does not say must not shorten what it does.
        return Retry(times: times, first: delay, factor: factor, most: most ?? max(delay, 3_600))
    }
}
