public import Core
public import Ports

extension Spokes {
    /// Tries one reading action of each family of which the connection enables an action, through the same gate as a
    /// flow's step. Only actions that the connection enables are run.
    public func probe(
        _ connection: ResolvedConnection, _ words: [ProvingWord: String], _ cause: Cause
    ) async -> [ProbeOutcome] {
        await probe(connection, words, cause, with: credentials)
    }

    /// The same with a connection whose key is only on trial: that it is refused is counted nowhere.
    public func tryOut(_ connection: ResolvedConnection, _ cause: Cause) async -> [ProbeOutcome] {
        await probe(connection, [:], cause, with: NoOtherCredential())
    }

    private func probe(
        _ connection: ResolvedConnection, _ words: [ProvingWord: String], _ cause: Cause,
        with source: any CredentialSource
    ) async -> [ProbeOutcome] {
        guard let spoke = catalogue.spoke(connection.spoke) else { return [] }
        let enabled = spoke.actions.filter { connection.actions.contains($0.key) }
        var outcomes: [ProbeOutcome] = []
        for family in spoke.proving.families {
            guard enabled.contains(where: { !family.scopes.isDisjoint(with: $0.scopes) }) else { continue }
            outcomes.append(await probe(family, spoke, connection, words, cause, source))
        }
        return outcomes
    }

    private func probe(
        _ family: Proving.Family, _ spoke: Spoke, _ connection: ResolvedConnection, _ words: [ProvingWord: String],
        _ cause: Cause, _ source: any CredentialSource
    ) async -> ProbeOutcome {
        let wanted = family.probes.first { probe in
            connection.actions.contains(probe.action) && probe.with.allSatisfy { words[$0.word] != nil }
        }
        guard let probe = wanted, let action = spoke.action(probe.action) else {
            let names = family.probes.map(\.action).joined(separator: ", ")
            return ProbeOutcome(
                family: family.name, action: nil, reason: "no_reading_action",
                says: "It enables no action of this family that only reads; one of \(names) would prove it.")
        }
        var input = JSONObject()
        for pair in probe.with { input[pair.input] = words[pair.word].map { .string($0) } }
        let call = ActionCall(
            action: ActionName(spoke: spoke.name, key: action.key), alias: "", input: input, most: 1, execution: "",
            cause: cause)
        let outcome: ActionOutcome
        switch Gate.decide(call, spoke, action, connection) {
        case .failure(let refusal): outcome = refusal.outcome
        case .success(let pass):
            outcome = await action.kind.run(
                ActionRun(
                    spoke: spoke, action: action, call: call, connection: pass.connection, request: pass.request,
                    keys: pass.keys, credentials: source, outbound: outbound, log: log, places: nil,
                    circuits: circuits, effects: effects))
        }
        return Self.judged(outcome, family, action)
    }

    private static func judged(_ outcome: ActionOutcome, _ family: Proving.Family, _ action: Action) -> ProbeOutcome {
        switch outcome {
        case .done:
            ProbeOutcome(family: family.name, action: action.key, reason: nil, says: "\"\(action.name)\" answered.")
        case .refused, .failed, .unknown, .later:
            ProbeOutcome(family: family.name, action: action.key, reason: outcome.reason, says: outcome.says)
        }
    }
}
