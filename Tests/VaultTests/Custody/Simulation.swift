import Core

@testable import Vault

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same course.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (value ^ (value >> 31)) & 0x7FFF_FFFF) % bound
    }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// A provider with one chain of refresh tokens, numbered from 1.
struct SimulatedProvider {
    enum Kind: CaseIterable {
        /// The refresh token stays the same: presenting it twice does no harm.
        case steady
        /// Each refresh replaces it, and presenting the old one again ends the chain.
        case strict
        /// The same, but for a while the last one is taken once more.
        case grace
        /// It replaces them though the template says that it does not.
        case misdeclared
    }

    let kind: Kind
    var current = 1
    var rotatedAt: Int64 = 0
    var isAlive = true

    /// What it answers, and the number of the token it gave out; nothing is used up by a refusal.
    mutating func answer(_ token: Int, at time: Int64) -> (GrantMachine.Verdict, token: Int) {
        guard isAlive else { return (.ended, 0) }
        switch kind {
        case .steady: return (.tokens(endsIn: 40, refreshToken: .same), current)
        case .strict, .grace, .misdeclared:
            if token == current {
                current += 1
                rotatedAt = time
                return (.tokens(endsIn: 40, refreshToken: .replaced), current)
            }
            if kind == .grace, token == current - 1, time - rotatedAt < 60_000 {
                return (.tokens(endsIn: 40, refreshToken: .replaced), current)
            }
            isAlive = false
            return (.ended, 0)
        }
    }
}

/// Several hubs over one store and one provider. Each step of each hub is a step of its own here, and between any two of
/// them a hub may be killed, cut off from the store, or have its clock moved; requests travel as long as they like.
///
/// It does no I/O: `next` says what the store is asked, `take` hears what it said. So the same course runs over a store
/// in memory and over the real one.
struct Simulation {
    enum Request {
        case begin(node: Int, isAhead: Bool, refused: Int64?, at: Timestamp)
        case renew(node: Int, at: Timestamp)
        case settle(node: Int, RefreshIntent, GrantMachine.Verdict, token: Int, at: Timestamp)
        case look
    }

    enum Answer {
        /// Nil while another hub holds the lease. `token`: what the store holds and the hub will present.
        case begun(GrantMachine.Begin?, token: Int)
        case renewed
        case settled(GrantMachine.Settled)
        case seen(GrantState, RefreshIntent?, token: Int)
        /// The store could not be reached; nothing was done.
        case unreachable
    }

    struct Message {
        let token: Int
        /// Nil while it travels.
        var reply: (GrantMachine.Verdict, token: Int)?
    }

    enum Phase {
        case idle
        case begun(RefreshIntent, token: Int, since: Int64)
        case waiting(RefreshIntent, Message, since: Int64)
        case answered(RefreshIntent, GrantMachine.Verdict, token: Int, tries: Int)
    }

    static let nodes = 3
    let policy: RefreshPolicy
    var provider: SimulatedProvider
    private(set) var broken: String?
    /// Answers that were or may have been given and never became durable: the one window.
    private(set) var losses = 0
    /// Hubs that died between their intent and its outcome, sent or not: nobody can tell afterwards.
    private(set) var deaths = 0
    private(set) var refreshes = 0
    private(set) var isLost = false
    private var dice: Dice
    private var time: Int64 = 0
    private var steps: Int
    private var phases = [Phase](repeating: .idle, count: nodes)
    private var offsets = [Int64](repeating: 0, count: nodes)
    private var isCut = [Bool](repeating: false, count: nodes)
    /// Requests whose sender is gone and that may still arrive.
    private var strays: [Message] = []
    private var asking: Int?
    private var isRenewing = false
    /// The generation that is durable, and whether an answer to a presentation of it is outstanding.
    private var durable: Int64 = 1
    private var isOutstanding = false
    /// Whether the hubs know that the provider replaces tokens and takes none twice.
    private var isStrict: Bool
    /// The newest fence.
    private var newest: Int64 = 0
    private var isCalm = false
    private var calm = 0

    init(seed: UInt64, steps: Int = 44) {
        dice = Dice(seed: seed)
        self.steps = steps
        let kind = SimulatedProvider.Kind.allCases[Int(seed % 4)]
        provider = SimulatedProvider(kind: kind)
        isStrict = kind == .strict
        policy = RefreshPolicy(
            way: .refreshToken, repeatIsSafe: kind == .steady || kind == .misdeclared,
            graceSeconds: kind == .grace ? 30 : 0, jitter: Int64(seed % 1_000))
    }

    /// How it begins: a consent was given and brought the first token set.
    static var start: GrantState {
        var grant = GrantState()
        grant.store(endsIn: 40, .same, because: .first, at: Timestamp(epochMilliseconds: 0))
        return grant
    }

    // MARK: The course

    mutating func next() -> Request? {
        while broken == nil {
            guard steps > 0 else { return settleDown() }
            steps -= 1
            time += Int64(dice.below(dice.chance(85) ? 3_000 : dice.chance(85) ? 20_000 : 200_000))
            disturb()
            let node = dice.below(Self.nodes)
            if let request = advance(node) { return request }
        }
        return nil
    }

    private mutating func disturb() {
        switch dice.below(100) {
        case 0..<3: kill(dice.below(Self.nodes))
        case 3..<6: offsets[dice.below(Self.nodes)] = Int64(dice.below(600_000)) - 300_000
        case 6..<9: isCut[dice.below(Self.nodes)].toggle()
        case 9..<30: if !strays.isEmpty { arrive(stray: dice.below(strays.count)) }
        default: break
        }
    }

    private mutating func kill(_ node: Int) {
        switch phases[node] {
        case .idle: return
        case .begun: break
        case .waiting(_, let message, _):
            losses += 1
            if message.reply == nil { strays.append(message) }
        case .answered(_, let verdict, _, _): note(dropped: verdict)
        }
        deaths += 1
        phases[node] = .idle
    }

    private mutating func note(dropped verdict: GrantMachine.Verdict) {
        if case .refused = verdict { return }
        losses += 1
    }

    /// The request reaches the provider; some are refused at the door, and some answers break on their way.
    private mutating func arrive(_ message: inout Message) {
        guard message.reply == nil else { return }
        switch dice.below(100) {
        case 0..<6: message.reply = (.refused(retryIn: 1), 0)
        case 6..<9: message.reply = (.lost, 0)
        case 9..<12:
            _ = provider.answer(message.token, at: time)
            message.reply = (.lost, 0)
        default: message.reply = provider.answer(message.token, at: time)
        }
    }

    private mutating func arrive(stray index: Int) {
        var message = strays[index]
        arrive(&message)
        strays[index] = message
    }

    /// One step of one hub; what it asks of the store, if it asks.
    private mutating func advance(_ node: Int) -> Request? {
        let now = Timestamp(epochMilliseconds: time + offsets[node])
        switch phases[node] {
        case .idle:
            asking = node
            let refused: Int64? = dice.chance(15) ? durable : nil
            return .begin(node: node, isAhead: dice.chance(50), refused: refused, at: now)
        case .begun(let intent, let token, let since):
            guard time - since < Int64(Limits.refreshSendSeconds.value) * 1_000 else {
                phases[node] = .answered(intent, .refused(retryIn: 0), token: 0, tries: 0)
                return nil
            }
            send(intent, token, by: node)
        case .waiting(let intent, var message, let since):
            return wait(node, intent, &message, since: since, now)
        case .answered(let intent, let verdict, let token, _):
            asking = node
            return .settle(node: node, intent, verdict, token: token, at: now)
        }
        return nil
    }

    private mutating func send(_ intent: RefreshIntent, _ token: Int, by node: Int) {
        if isStrict, isOutstanding, intent.generation == durable {
            broken = "a second request of generation \(durable) while one is outstanding"
        }
        // Whoever was overtaken while it stalled cannot know; that is possible only where repeating is safe.
        if intent.generation != durable, provider.kind == .strict || intent.fence == newest {
            broken = "a superseded token was presented"
        }
        if provider.kind == .grace, intent.generation != durable, time - provider.rotatedAt >= 60_000 { losses += 1 }
        if intent.generation == durable { isOutstanding = true }
        phases[node] = .waiting(intent, Message(token: token), since: time)
    }

    private mutating func wait(
        _ node: Int, _ intent: RefreshIntent, _ message: inout Message, since: Int64, _ now: Timestamp
    ) -> Request? {
        // The call's own deadline, which is shorter than the lease; but the clock that ends it may come to it late.
        if time - since > Int64(Limits.outboundMilliseconds.value), dice.chance(70) {
            losses += 1
            if message.reply == nil { strays.append(message) }
            phases[node] = .answered(intent, .lost, token: 0, tries: 0)
            return nil
        }
        if dice.chance(25) {
            phases[node] = .waiting(intent, message, since: since)
            asking = node
            isRenewing = true
            return .renew(node: node, at: now)
        }
        if let (verdict, token) = message.reply {
            if verdict == .lost { losses += 1 }
            phases[node] = .answered(intent, verdict, token: token, tries: 0)
        } else {
            arrive(&message)
            phases[node] = .waiting(intent, message, since: since)
        }
        return nil
    }

    // MARK: What the store said

    /// Whether the hub that asks reaches the store.
    var isReachable: Bool { asking.map { !isCut[$0] } ?? true }

    mutating func take(_ answer: Answer) {
        guard let node = asking else { return judge(answer) }
        asking = nil
        if isRenewing {
            isRenewing = false
            return
        }
        switch answer {
        case .begun(.send(let intent)?, let token):
            newest = max(newest, intent.fence)
            phases[node] = .begun(intent, token: token, since: time)
        case .begun: phases[node] = .idle
        case .settled(let settled): ended(node, settled)
        case .unreachable:
            guard case .answered(let intent, let verdict, let token, let tries) = phases[node] else { return }
            // It holds on for a while; then it gives up, and that is the window.
            if tries < 3 {
                phases[node] = .answered(intent, verdict, token: token, tries: tries + 1)
            } else {
                note(dropped: verdict)
                deaths += 1
                phases[node] = .idle
            }
        case .renewed, .seen: break
        }
    }

    private mutating func ended(_ node: Int, _ settled: GrantMachine.Settled) {
        guard case .answered(let intent, let verdict, _, _) = phases[node] else { return }
        phases[node] = .idle
        switch settled {
        case .stored(let grant):
            refreshes += 1
            if grant.generation != durable + 1 { broken = "generation \(durable) was followed by \(grant.generation)" }
            durable = grant.generation
            if provider.kind == .misdeclared, grant.rotates { isStrict = true }
            isOutstanding = false
        case .kept(_, let intentEnds): if intentEnds { isOutstanding = false }
        case .overtaken:
            if isStrict, intent.generation == durable {
                broken = "an answer to generation \(intent.generation) was dropped"
            }
            note(dropped: verdict)
        }
    }

    // MARK: The end

    /// All faults end, all leases run out, and the hubs have time; then everything must be as it was promised.
    private mutating func settleDown() -> Request? {
        if !isCalm {
            isCalm = true
            for node in 0..<Self.nodes {
                isCut[node] = false
                offsets[node] = 0
            }
            for index in strays.indices { arrive(stray: index) }
            time += 86_400_000
        }
        for node in 0..<Self.nodes {
            switch phases[node] {
            case .idle: continue
            case .begun(let intent, _, _):
                // It stalled for a day between its intent and its sending.
                phases[node] = .answered(intent, .refused(retryIn: 0), token: 0, tries: 0)
            case .waiting(let intent, let message, _):
                if message.reply.map({ $0.0 == .lost }) ?? true { losses += 1 }
                phases[node] = .answered(intent, message.reply?.0 ?? .lost, token: message.reply?.token ?? 0, tries: 0)
            case .answered: break
            }
            return advance(node)
        }
        calm += 1
        guard calm <= 7 else { return calm == 8 ? .look : nil }
        time += 700_000
        asking = 0
        return .begin(node: 0, isAhead: true, refused: nil, at: Timestamp(epochMilliseconds: time))
    }

    private mutating func judge(_ answer: Answer) {
        guard case .seen(let grant, let intent, let token) = answer else { return }
        isLost = !provider.isAlive || token != provider.current
        if isLost, grant.word == .held { broken = "a lost grant counts as held" }
        if isLost, losses == 0 { broken = "a grant was lost outside the one window" }
        if grant.word != .held, losses + deaths == 0 { broken = "\(grant.word) though nothing was lost" }
        if grant.word == .dead, !isLost { broken = "dead though the provider keeps it" }
        if grant.word == .held, intent != nil { broken = "an intent was left behind" }
        if provider.kind == .steady, grant.word != .held { broken = "\(grant.word) though repeating is safe" }
    }
}

extension Simulation {
    /// In the calm a request arrives and is answered at once, so that only the store is asked.
    mutating func hurry() {
        guard isCalm, asking == nil else { return }
        for node in 0..<Self.nodes {
            guard case .begun(let intent, let token, let since) = phases[node], time - since < 1_000 else { continue }
            send(intent, token, by: node)
            let (verdict, fresh) = provider.answer(token, at: time)
            phases[node] = .answered(intent, verdict, token: fresh, tries: 0)
        }
    }
}
