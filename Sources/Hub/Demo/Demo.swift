public import Core
public import Ports

/// Plays the main job against a running hub and its sandbox, through the doors that everybody has.
///
/// An application gets a token, posts a leaver, a flow offboards them in Okta; then two refusals, each explained.
/// Every line is what was observed; a step that went otherwise is said so and makes the play fail.
public struct Demo: Sendable {
    let admin: AdminClient
    let data: String
    let outbound: any OutboundCalling
    let hubURL: String
    let sandboxURL: String
    let sandboxToken: Secret
    let effects: Effects
    let staysUp: Bool
    /// Texts of the two flow files that the demo installs.
    let flows: [String]
    let say: @Sendable (String) -> Void

    /// A play between a hub and a sandbox that both run.
    public init(
        admin: AdminClient, data: String, outbound: any OutboundCalling, hubURL: String, sandboxURL: String,
        sandboxToken: Secret,
        staysUp: Bool, flows: [String], effects: Effects, say: @escaping @Sendable (String) -> Void
    ) {
        self.admin = admin
        self.data = data
        self.outbound = outbound
        self.hubURL = hubURL
        self.sandboxURL = sandboxURL
        self.sandboxToken = sandboxToken
        self.staysUp = staysUp
        self.flows = flows
        self.effects = effects
        self.say = say
    }

    /// Sets up, plays and narrates; returns whether every step went as it should.
    public func play() async throws -> Bool {
        let secret = try await setUp()
        let stage = DemoStage(say: say)
        let token = try await askForToken(secret, stage)
        let correlation = try await postLeaver(token, stage)
        try await followOffboarding(correlation, stage)
        try await showTransactions(correlation, stage)
        try await readIncidents(token, stage)
        try await purge(stage)
        try await account(correlation, stage)
        return stage.wentWell
    }
}

/// Numbers the narration's lines and remembers whether any of them went wrong.
final class DemoStage {
    private let say: @Sendable (String) -> Void
    private var number = 0
    private(set) var wentWell = true

    init(say: @escaping @Sendable (String) -> Void) { self.say = say }

    /// One numbered line: who, what, outcome, and what was seen.
    func line(_ who: String, _ what: String, _ outcome: String, _ seen: String = "") {
        number += 1
        let row = Self.pad(who, 16) + Self.pad(what, 35) + Self.pad(outcome, 10) + seen
        say(Self.trimmed("\(number < 10 ? " " : "")\(number)  \(row)"))
    }

    /// A line under the numbered one.
    func note(_ text: String) { say("    " + String(repeating: " ", count: 16) + text) }

    /// A numbered line without columns.
    func sum(_ text: String) {
        number += 1
        say("\(number < 10 ? " " : "")\(number)  \(text)")
    }

    /// Expects something; says so when it is not the case.
    func expect(_ condition: Bool, _ otherwise: String) {
        guard !condition else { return }
        wentWell = false
        say("    not as it should be: \(otherwise)")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
