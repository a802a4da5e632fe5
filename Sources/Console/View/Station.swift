/// One station of the way of a request, or one check made there.
struct Station: Sendable {
    enum State: String, Sendable, CustomStringConvertible {
        case passed, skipped, failed, doubtful, unreached
        var description: String { rawValue }
    }
    let name: String
    let state: State
    let outcome: String
    let evidence: String?
    /// Whether the way ended or turned here.
    let isDeciding: Bool
    let tone: Tone
    /// What would have let it pass.
    let flip: String?
    let link: Link?
    let checks: [Station]
    let hasChecks: Bool
    let isWide: Bool

    init(
        _ name: String, _ state: State, _ outcome: String? = nil, _ evidence: String = "", isDeciding: Bool = false,
        flip: String? = nil, link: Link? = nil, checks: [Station] = []
    ) {
        self.name = name
        self.state = state
        self.outcome = outcome ?? Self.word(state)
        self.evidence = evidence.isEmpty ? nil : evidence
        self.isDeciding = isDeciding
        tone = state == .doubtful ? .warn : .bad
        self.flip = flip
        self.link = link
        self.checks = checks
        hasChecks = !checks.isEmpty
        isWide = isDeciding || checks.contains(where: \.isDeciding)
    }

    private static func word(_ state: State) -> String {
        switch state {
        case .passed: "passed"
        case .skipped: "not needed"
        case .failed: "refused"
        case .doubtful: "nobody knows"
        case .unreached: "not reached"
        }
    }
}
