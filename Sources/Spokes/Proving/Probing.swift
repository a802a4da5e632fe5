public import Core
public import Ports

extension Spokes {
    /// Tries one reading action of each family of which the connection enables an action, through the same gate as a
    /// flow's step. Only actions that the connection enables are run.
    ///
    /// - Parameter resources: what was chosen for the connection; what reads one thing reads one of these first.
    public func probe(
        _ connection: ResolvedConnection, _ words: [ProvingWord: String], resources: [String], _ cause: Cause
    ) async -> [ProbeOutcome] {
        await probe(connection, words, resources, cause, with: credentials)
    }

    /// The same with a connection whose key is only on trial: that it is refused is counted nowhere.
    public func tryOut(_ connection: ResolvedConnection, _ cause: Cause) async -> [ProbeOutcome] {
        await probe(connection, [:], [], cause, with: NoOtherCredential())
    }

    /// Whether the spoke's file names any action to try.
    public func hasProbes(spoke name: String) -> Bool {
        catalogue.spoke(name).map { !$0.proving.families.isEmpty } ?? false
    }

    /// Until when nothing is sent for a connection, and the code of why; nil while its circuit lets calls out.
    public func circuitOpening(
        of connection: ResolvedConnection, at now: Timestamp
    ) -> (until: Timestamp, reason: String)? {
        switch circuits.circuit(of: connection.id, to: connection.url) {
        case .open(let until, let reason), .halfOpen(let until, let reason): now < until ? (until, reason) : nil
        case .closed: nil
        }
    }

    private func probe(
        _ connection: ResolvedConnection, _ words: [ProvingWord: String], _ resources: [String], _ cause: Cause,
        with source: any CredentialSource
    ) async -> [ProbeOutcome] {
        guard let spoke = catalogue.spoke(connection.spoke) else { return [] }
        let enabled = spoke.actions.filter { connection.actions.contains($0.key) }
        let known = ProbeSubjects(spoke: spoke, words: words, chosen: ChosenResources(resources, of: spoke).members)
        var outcomes: [ProbeOutcome] = []
        for family in spoke.proving.families {
            guard enabled.contains(where: { !family.scopes.isDisjoint(with: $0.scopes) }) else { continue }
            outcomes.append(await probe(family, spoke, connection, known, cause, source))
        }
        return outcomes
    }

    private func probe(
        _ family: Proving.Family, _ spoke: Spoke, _ connection: ResolvedConnection, _ known: ProbeSubjects,
        _ cause: Cause, _ source: any CredentialSource
    ) async -> ProbeOutcome {
        let enabled = family.probes.filter { connection.actions.contains($0.action) }
        let wanted = enabled.lazy.compactMap { probe in known.input(of: probe).map { (probe, $0) } }.first
        guard let (probe, input) = wanted, let action = spoke.action(probe.action) else {
            return known.untried(family, enabled, connection)
        }
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
        return known.judged(outcome, family, probe, action, connection)
    }
}

/// What a probe may read, and what its answer tells. Pure.
private struct ProbeSubjects: Sendable {
    let spoke: Spoke
    let words: [ProvingWord: String]
    let chosen: [ChosenResources.Member]

    /// The inputs of a probe; nil where nothing is known that could stand for one.
    func input(of probe: Proving.Probe) -> JSONObject? {
        var input = JSONObject()
        for pair in probe.with {
            guard let text = text(pair.filler) else { return nil }
            input[pair.input] = .string(text)
        }
        return input
    }

    private func text(_ filler: Proving.Probe.Filler) -> String? {
        switch filler {
        case .word(let word): words[word]
        case .chosen(let form):
            chosen.first { $0.text.hasPrefix(form + ":") }.map { String($0.text.dropFirst(form.utf8.count + 1)) }
        }
    }

    /// Whether what a probe reads is among what was chosen; what lists reads whatever is within reach.
    private func isWithin(_ probe: Proving.Probe, _ action: Action) -> Bool {
        let isNamed = probe.with.allSatisfy { if case .chosen = $0.filler { true } else { false } }
        if isNamed { return true }
        let kinds = GrantCompiler(spoke: spoke, trustsImpliedScopes: true).compile([action.key]).resources.map(\.name)
        return kinds.allSatisfy { kind in chosen.contains { $0.isWhole && $0.kind == kind } }
    }

    /// Why a family cannot be tried.
    func untried(
        _ family: Proving.Family, _ enabled: [Proving.Probe], _ connection: ResolvedConnection
    ) -> ProbeOutcome {
        guard let first = enabled.first else {
            let names = family.probes.map(\.action).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            return ProbeOutcome(
                family: family.name, action: nil, reason: "no_reading_action",
                says: "It enables no action of this family that only reads; one of \(names.joined(separator: ", ")) "
                    + "would prove it.", .tellsNothing,
                next: "Enable one for the time of the test: linchpin connection enable \(connection.name) "
                    + "\(names.first ?? "ACTION")")
        }
        return ProbeOutcome(
            family: family.name, action: nil, reason: "nothing_to_read",
            says: "\(first.action) is enabled, and nothing is known that it could read: nothing fitting is among the "
                + "connection's resources, and its credential names nothing.", .tellsNothing,
            next: choose(family, connection))
    }

    /// What an outcome tells. Outside what was chosen providers answer 403 and 404 alike, and what was chosen may be gone.
    func judged(
        _ outcome: ActionOutcome, _ family: Proving.Family, _ probe: Proving.Probe, _ action: Action,
        _ connection: ResolvedConnection
    ) -> ProbeOutcome {
        let made = { (says: String, meaning: ProbeOutcome.Meaning, next: String?) in
            ProbeOutcome(
                family: family.name, action: action.key, reason: outcome.reason.isEmpty ? nil : outcome.reason,
                says: says, meaning, next: next)
        }
        switch outcome {
        case .done: return made("\"\(action.name)\" answered.", .answers, nil)
        case .later(_, let says, let until): return made(says, .passes(until: until), nil)
        case .refused(let reason, let says), .failed(let reason, let says), .unknown(let reason, let says):
            if Self.passing.contains(reason) { return made(says, .passes(until: nil), nil) }
            let isWithin = isWithin(probe, action)
            guard !probe.with.isEmpty, Self.unsure.contains(reason), reason != "not_permitted" || !isWithin else {
                return made(says, .refuses, nil)
            }
            let why =
                isWithin
                ? "What it read is chosen, and may be gone there."
                : "What it read is not known to be among the connection's resources, so that tells nothing."
            return made("\(says) \(why)", .tellsNothing, choose(family, connection))
        }
    }

    private static let passing = ActionOutcome.passing.union([
        ActionRun.circuitOpenReason, ActionRun.budgetSpentReason, "token_busy",
    ])
    private static let unsure: Set = ["not_permitted", "not_found", "input_invalid"]

    /// How something is chosen that a probe of the family can read; where none can, it takes another action.
    private func choose(_ family: Proving.Family, _ connection: ResolvedConnection) -> String {
        let form = family.probes.lazy.filter { connection.actions.contains($0.action) }.flatMap(\.with)
            .compactMap { if case .chosen(let form) = $0.filler { form } else { nil } }.first
        guard let form else {
            return "Run one on something within reach: linchpin action run \(spoke.name).ACTION --alias ALIAS"
        }
        return
            "Choose one that is within reach: linchpin connection choose-resources \(connection.name) --add \(form):ID"
    }
}
