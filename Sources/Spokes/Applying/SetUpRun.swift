import Core
import Keys
import Ports

/// One run over the steps of a set-up with an administrator's token: reads what is there, and makes what is not.
///
/// The token lives as long as this value. Replies are read for what the file names and for nothing else.
struct SetUpRun: Sendable {
    let spoke: Spoke
    let applying: Applying
    let connection: ResolvedConnection
    let key: Keyring.Key
    let sealed: Set<String>
    let foreign: Set<String>
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let circuits: CircuitBoard
    let effects: Effects
    let cause: Cause
    /// What is known so far.
    var words: JSONObject
    /// When no further request is begun; nil where nobody waits for the end.
    var until: Timestamp?
    /// The words of things that this very run made.
    var made: Set<String> = []

    /// What stands at the provider for a step, and what is to be done about it; what it gives is known afterwards.
    mutating func plan(_ step: ApplyStep) async throws(SetUpProblem) -> [SetUpPlan.Step] {
        words = applying.completed(words)
        let says = step.says.filled(words) { $0 } ?? step.key
        switch step.kind {
        case .items(let items):
            return [try await plan(items, SetUpPlan.Step(key: step.key, says: says, state: .there), step)]
        case .thing(let thing):
            var planned = SetUpPlan.Step(key: step.key, says: says, state: .create)
            if let found = try await look(thing, step) {
                planned.differs = differences(found, thing)
                planned.state = planned.differs.isEmpty ? .there : .differs
                try take(thing, from: found, step)
                if planned.state == .differs, givesForeign(thing) {
                    planned.problem =
                        "It is the client that connection \(connection.name) has already, and of the other kind."
                    return [planned]
                }
            }
            return around(planned, thing)
        }
    }

    /// Whether a thing is a client that this hub keeps for the same connection as one of the other kind.
    private func givesForeign(_ thing: ApplyStep.Thing) -> Bool {
        thing.gives.contains { $0.word == Applying.clientID }
            && words[Applying.clientID]?.string.map(foreign.contains) ?? false
    }

    /// A client, with what this hub keeps of it.
    private func around(_ planned: SetUpPlan.Step, _ thing: ApplyStep.Thing) -> [SetUpPlan.Step] {
        guard thing.seals != nil || thing.keys != nil else { return [planned] }
        let isSealed = words[Applying.clientID]?.string.map(sealed.contains) ?? false
        let says = thing.keys == nil ? "Its client id and secret, sealed here" : "Its client id, kept with the key"
        let sealing = SetUpPlan.Step(key: SetUpPlan.sealing, says: says, state: isSealed ? .there : .create)
        guard thing.keys != nil else { return [planned, sealing] }
        let hasKey = isSealed || words[Applying.publicKey] != nil
        return [
            SetUpPlan.Step(
                key: SetUpPlan.keying, says: "A key pair, made and sealed here; only its public half leaves",
                state: hasKey ? .there : .create), planned, sealing,
        ]
    }

    // MARK: Looking

    private func look(_ thing: ApplyStep.Thing, _ step: ApplyStep) async throws(SetUpProblem) -> JSON? {
        let named = thing.conditions.map { RequestTemplate.inputs(of: $0.value) }
        // What it belongs to is still to be made, so it is not there.
        guard isKnown(named.reduce(thing.find.inputs) { $0.union($1) }) else { return nil }
        guard !thing.conditions.isEmpty else { return try await ask(thing.find, step, mayLack: true) }
        let fitting = try await list(thing.find, thing.list, step).filter { item in
            thing.conditions.allSatisfy { item.value(at: $0.pointer) == filled($0.value) }
        }
        guard fitting.count < 2 else {
            throw SetUpProblem(
                reason: "ambiguous",
                says: "\(spoke.title) has several that fit. Rename or delete all but one of them there.")
        }
        return fitting.first
    }

    private func differences(_ found: JSON, _ thing: ApplyStep.Thing) -> [String] {
        let other = thing.must.filter { pair in
            Self.unordered(found.value(at: pair.pointer)) != Self.unordered(filled(pair.value))
        }
        return other.map(\.pointer) + [thing.keys].compactMap(\.self).filter { !isOurs(found, thing, keys: $0) }
    }

    /// Whether a client that proves itself by a key is one whose key is sealed here. A name proves nothing, and a further
    /// key at somebody else's client would be a way into what that one may do.
    private func isOurs(_ found: JSON, _ thing: ApplyStep.Thing, keys: String) -> Bool {
        let client = thing.gives.first { $0.word == Applying.clientID }.flatMap { found.value(at: $0.pointer)?.string }
        if let client, sealed.contains(client) { return true }
        guard let own = words[Applying.publicKey] else { return false }
        do {
            let key = try JWSPublicKey(jwk: own)
            return try JWKSet(["keys": found.value(at: keys) ?? []]).keys.contains { $0.thumbprint == key.thumbprint }
        } catch { return false }
    }

    /// A list of texts in an order of its own: providers keep none.
    private static func unordered(_ value: JSON?) -> JSON? {
        guard let texts = value?.texts else { return value }
        return JSON.texts(texts.sorted())
    }

    /// Whether a step would do more now than what was shown of it.
    func exceeds(_ own: SetUpPlan.Step, _ shown: SetUpPlan.Step, _ step: ApplyStep) -> Bool {
        guard own.state != .there else { return false }
        guard own.key == shown.key else { return true }
        switch step.kind {
        case .thing: return own.state != shown.state
        case .items(let items):
            // What this very run made had no id yet that could be shown.
            let wanted = RequestTemplate.inputs(of: items.wanted)
                .union(RequestTemplate.inputs(of: items.otherwise ?? .null))
            guard !wanted.isDisjoint(with: made) || Set(shown.adds).isSuperset(of: own.adds) else { return true }
            // And it holds only what it was made with.
            return !isOwn(items) && !Set(shown.removes).isSuperset(of: own.removes)
        }
    }

    /// Whether this very run made what holds the list.
    func isOwn(_ items: ApplyStep.Items) -> Bool { !items.list.inputs.isDisjoint(with: made) }

    private func plan(
        _ items: ApplyStep.Items, _ start: SetUpPlan.Step, _ step: ApplyStep
    ) async throws(SetUpProblem) -> SetUpPlan.Step {
        var planned = start
        let wanted = self.wanted(items)
        let isWhole = isKnown(RequestTemplate.inputs(of: items.wanted))
        guard isKnown(items.list.inputs) else {
            // What holds the list is still to be made.
            planned.adds = wanted
            planned.state = wanted.isEmpty && isWhole ? .there : .change
            return planned
        }
        let present = try await entries(items, step).map(\.key)
        planned.adds = wanted.filter { !present.contains($0) }
        let tooMuch = present.filter { !wanted.contains($0) && !items.ignored.contains($0) }
        if items.remove == nil { planned.left = tooMuch } else { planned.removes = tooMuch }
        planned.state = planned.adds.isEmpty && planned.removes.isEmpty && isWhole ? .there : .change
        return planned
    }

    private func wanted(_ items: ApplyStep.Items) -> [String] {
        let texts = (filled(items.wanted).array ?? []).compactMap(\.string)
        guard texts.isEmpty, let otherwise = items.otherwise else { return texts }
        return (filled(otherwise).array ?? []).compactMap(\.string)
    }

    /// The items of a list, each by what it is known by, with what takes it away.
    private func entries(
        _ items: ApplyStep.Items, _ step: ApplyStep
    ) async throws(SetUpProblem) -> [(key: String, id: String)] {
        let read = try await list(items.list, items.pages, step)
        let found = read.compactMap { item -> (key: String, id: String)? in
            guard let key = items.keys.lazy.compactMap({ item.value(at: $0)?.string }).first,
                let id = item.value(at: items.id)?.string
            else { return nil }
            return (key, id)
        }
        guard found.count == read.count else { throw unexpected(step) }
        return found
    }

    // MARK: Making

    /// Does what is to be done, and answers the secret that a client was made with.
    mutating func make(_ planned: SetUpPlan.Step, _ step: ApplyStep) async throws(SetUpProblem) -> Secret? {
        switch step.kind {
        case .thing(let thing):
            guard let made = try await ask(thing.create, step, mayLack: false) else { throw unexpected(step) }
            let known = Set(words.members.map(\.name))
            try take(thing, from: made, step)
            self.made.formUnion(words.members.map(\.name).filter { !known.contains($0) })
            return thing.seals.flatMap { made.value(at: $0.pointer)?.string }.map { Secret($0) }
        case .items(let items):
            for item in planned.adds {
                var own = self
                own.words["item"] = .string(item)
                _ = try await own.ask(items.add, step, mayLack: false)
            }
            guard let remove = items.remove, !planned.removes.isEmpty else { return nil }
            for entry in try await entries(items, step) where planned.removes.contains(entry.key) {
                var own = self
                own.words["id"] = .string(entry.id)
                // Somebody else may have been quicker.
                _ = try await own.ask(remove, step, mayLack: true)
            }
            return nil
        }
    }

    /// One more secret of a client that is there and whose secret nobody here knows.
    func further(_ seals: ApplyStep.Seals, _ step: ApplyStep) async throws(SetUpProblem) -> Secret {
        guard let secret = try await ask(seals.anew, step, mayLack: false)?.value(at: seals.anewPointer)?.string
        else { throw unexpected(step) }
        return Secret(secret)
    }

    private mutating func take(
        _ thing: ApplyStep.Thing, from found: JSON, _ step: ApplyStep
    ) throws(SetUpProblem) {
        for pair in thing.gives {
            guard let text = found.value(at: pair.pointer)?.string, !text.isEmpty else { throw unexpected(step) }
            words[pair.word] = .string(text)
        }
        words = applying.completed(words)
    }

    // MARK: Asking

    private enum Found: Sendable { case there(JSON), missing }

    private func isKnown(_ names: Set<String>) -> Bool { names.allSatisfy { words[$0] != nil } }

    private func filled(_ value: JSON) -> JSON {
        do { return try RequestTemplate.fill(value, words) ?? .null } catch { return .null }
    }

    /// Sends one request; nil for what is not there, where it may lack.
    private func ask(
        _ request: RequestTemplate, _ step: ApplyStep, mayLack: Bool
    ) async throws(SetUpProblem) -> JSON? {
        let run = try run(request, step)
        let answer = await run.answer(
            nil, { Found.there($0) }, refused: { status, _ in mayLack && status == 404 ? Found.missing : nil })
        switch answer {
        case .reply(.there(let json), _): return json
        case .reply(.missing, _): return nil
        case .ended(let outcome): throw problem(outcome)
        }
    }

    private func list(
        _ request: RequestTemplate, _ pages: Pages, _ step: ApplyStep
    ) async throws(SetUpProblem) -> [JSON] {
        var found: [JSON] = []
        let run = try run(request, step)
        let ended = await pages.walk(run, from: nil, read: { $0 }) { page in
            found += page.items
            return found.count > Limits.streamItems.value ? Pages.tooMany(run) : nil
        }
        if let ended { throw problem(ended) }
        return found
    }

    private func run(_ request: RequestTemplate, _ step: ApplyStep) throws(SetUpProblem) -> ActionRun {
        if let until, effects.now() >= until {
            throw SetUpProblem(
                reason: "time_up", says: "This run took as long as one may take, so nothing more was done.")
        }
        guard isKnown(request.inputs), let filled = request.filled(words) else {
            throw SetUpProblem(
                reason: "word_missing",
                says: "What this step names is not known, or does not fit into its request. Look at the steps before.")
        }
        let action = Action(
            key: "set_up", name: step.key.replacing("_", with: " "), says: "",
            kind: RequestKind(output: .init(fields: [])),
            request: request, input: InputSchema(properties: []), success: Set(200..<300), scopes: [],
            permissions: [], destructive: .no, repeat: .ask, lookUp: nil, reasons: [:])
        return ActionRun(
            spoke: spoke, action: action,
            call: ActionCall(
                action: ActionName(spoke: spoke.name, key: "set_up"), alias: "", input: JSONObject(), most: nil,
                execution: "", cause: cause),
            connection: connection, request: filled, keys: Keyring(key, []), credentials: NoOtherCredential(),
            outbound: outbound, log: log, places: nil, circuits: circuits, effects: effects)
    }

    private func unexpected(_ step: ApplyStep) -> SetUpProblem {
        SetUpProblem(
            reason: "reply_unexpected",
            says: "\(spoke.title) answered something other than the spoke's file says. Nothing more was done.")
    }

    private func problem(_ outcome: ActionOutcome) -> SetUpProblem {
        switch outcome {
        case .done: SetUpProblem(reason: "reply_unexpected", says: "")
        case .failed(ActionRun.credentialRefused, _):
            SetUpProblem(
                reason: "administrator_token_refused",
                says: "\(spoke.title) refused the administrator's token. Give one that is valid.")
        case .failed("not_permitted", let says):
            SetUpProblem(reason: "not_permitted", says: "\(says) The administrator's token lacks the right to it.")
        case .refused, .failed, .unknown, .later: SetUpProblem(reason: outcome.reason, says: outcome.says)
        }
    }
}
