import Core
import Ports
import Testing

@testable import Flows

/// Executions with branches, driven at random by seeded dice: outcomes, crashes, pauses, cancels, in any order.
struct RandomCourseTests {
    private static let source = """
        flow: f
        title: F
        trigger: { manual: { u: { type: text, says: A user. } } }
        uses: { okta: a }
        timeout: 2d
        steps:
          - groups: { action: okta.user_groups_stream, with: { user_id: u } }
          - both:
              at_once: 2
              parallel:
                a:
                  - a1: { action: okta.suspend_user, with: { user_id: a1 }, retry: { times: 2, first: 5s } }
                  - a2: { wait: 1h }
                  - a3: { action: okta.suspend_user, with: { user_id: a3 }, timeout: 30s }
                b:
                  - each:
                      for_each: { from: groups.items, as: group, at_once: 3 }
                      do: [{ leave: { action: okta.remove_user_from_group, with: { user_id: u, group_id: { from: group.id } } } }]
                c:
                  - agree: { approval: { says: Sure?, role: r, expires: 1d } }
                  - c1: { record: update, table: t, id: x, set: { a: b } }
          - last: { action: okta.delete_user, with: { user_id: u9 } }
        on_error:
          - mark: { record: update, table: t, id: y, set: { a: b } }
        """

    @Test("whatever happens in whatever order", arguments: 0..<150 as Range<UInt64>, [Repeat.ask, .safe])
    func anyOrder(_ seed: UInt64, _ repeats: Repeat) throws {
        var world = World(
            seed: seed &* 1_000 &+ 7,
            machine: ExecutionMachine(
                flow: try FlowChecker.load(Self.source, file: "f.yaml", FakeCatalogue()),
                trigger: ["input": ["u": "u9"]], startedAt: World.start, repeats: { _ in repeats }))
        let ending = try world.play()
        // What must never be repeated happened at most once for each time that a person said so.
        if repeats == .ask {
            for (path, times) in world.happened where path != "both.c.c1" && path != "on_error.mark" {
                #expect(times == 1, "\(path) happened \(times) times, seed \(seed)")
            }
        }
        for (path, _) in world.happened {
            let kept = try #require(world.durable[path], "\(path) happened and is nowhere, seed \(seed)")
            // Done, or shown as a doubt, in its state or in words; never as if nothing had left.
            #expect(
                [.done, .inDoubt].contains(kept.state) || kept.says.contains("may have happened"),
                "\(path) happened and is \(kept.state), seed \(seed)")
        }
        for entry in world.durable.latest.values where entry.state == .done && !entry.path.contains("each[") {
            let isSent = ["groups", "both.a.a1", "both.a.a3", "both.c.c1", "last"].contains(entry.path)
            #expect(!isSent || world.happened[entry.path] != nil, "\(entry.path) is done and never happened")
        }
        if case .done = ending { #expect(world.durable["last"]?.state == .done) }
    }
}

/// A store, an outside and a hub that may die, without any of them.
private struct World {
    static let start = Timestamp(epochSeconds: 1_790_000_000)
    let machine: ExecutionMachine
    /// What is kept on the disk.
    var durable = Journal()
    /// How often each path's effect came about.
    var happened: [String: Int] = [:]
    private var now = World.start
    private var busy: [String: Leaving] = [:]
    private var isCancelled = false
    private var dice: UInt64

    init(seed: UInt64, machine: ExecutionMachine) {
        dice = seed
        self.machine = machine
    }

    mutating func play() throws -> ExecutionMachine.Ending {
        for _ in 0..<5_000 {
            let around = ExecutionMachine.Circumstances(
                now: now, busy: Set(busy.keys), isCancelled: isCancelled, dice: dice)
            let front = machine.next(durable, around)
            #expect(front == machine.next(durable, around), "the same journal decides the same")
            checkBounds(front)
            if let ending = front.ending {
                #expect(busy.isEmpty)
                return ending
            }
            // A whole transaction is kept, or nothing of it.
            if !front.keep.isEmpty {
                if roll(20) > 0 { keep(front.keep) } else { die() }
                continue
            }
            turn(front, around)
        }
        throw Stuck()
    }

    struct Stuck: Error {}

    /// What the machine lets out beside what is under way: nothing once it is cancelled, and at most so many courses
    /// of one step as its file says.
    private func checkBounds(_ front: ExecutionMachine.Front) {
        #expect(!isCancelled || front.ready.isEmpty, "sent after it was cancelled")
        let out = busy.keys + front.ready.map(\.entry.path)
        let items = Set(out.filter { $0.hasPrefix("both.b.each[") }.map { $0.prefix { $0 != "]" } })
        #expect(items.count <= 3, "at_once of each: \(out)")
        let branches = Set(out.filter { $0.hasPrefix("both.") }.map { $0.split(separator: ".")[1].prefix(1) })
        #expect(branches.count <= 2, "at_once of both: \(out)")
    }

    private mutating func turn(_ front: ExecutionMachine.Front, _ around: ExecutionMachine.Circumstances) {
        if roll(400) == 0 { isCancelled = true }
        if roll(25) == 0 { return die() }
        if front.doubts.isEmpty, let leaving = front.ready.first, busy.count < Limits.stepsAtOnce.value,
            roll(3) > 0
        {
            return launch(leaving)
        }
        if let path = busy.keys.sorted().first(where: { _ in roll(2) == 0 }) { return land(path) }
        if busy.isEmpty, let doubt = front.doubts.first {
            // A person says what is so.
            return keep([doubt.becoming(happened[doubt.path] == nil ? .failed : .done, output: [:], reason: "decided")])
        }
        if let asked = durable["both.c.agree"], asked.state == .waiting, roll(8) == 0 {
            return keep([asked.becoming(roll(4) == 0 ? .refused : .done, output: [:])])
        }
        now = now.adding(seconds: Int64(roll(600)))
        if busy.isEmpty, let until = front.until, roll(3) == 0 { now = max(now, until) }
    }

    private mutating func launch(_ leaving: Leaving) {
        keep([leaving.entry.becoming(.sent, output: leaving.entry.output)])
        busy[leaving.entry.path] = leaving
    }

    private mutating func land(_ path: String) {
        guard let leaving = busy.removeValue(forKey: path), let sent = durable[path] else { return }
        let outcome: ActionOutcome
        switch roll(12) {
        case 0: outcome = .failed(reason: "provider_refused", says: "")
        case 1: outcome = .later(reason: "rate_limited", says: "", until: now.adding(seconds: Int64(roll(90))))
        case 2:
            if roll(2) == 0 { happened[path, default: 0] += 1 }
            outcome = .unknown(reason: "no_answer", says: "")
        default:
            happened[path, default: 0] += 1
            outcome = .done(path == "groups" ? ["items": .array((0..<5).map { ["id": .string("g\($0)")] })] : [:])
        }
        keep([machine.landed(sent, of: leaving.step, outcome, .init(now: now, dice: dice))])
    }

    /// The hub dies: what was under way happened or not, and nobody is told.
    private mutating func die() {
        for path in busy.keys.sorted() where roll(2) == 0 { happened[path, default: 0] += 1 }
        busy = [:]
    }

    private mutating func keep(_ entries: [JournalEntry]) {
        for entry in entries {
            #expect(durable.takes(entry), "\(entry.path) \(entry.state)")
            durable.apply(entry)
        }
    }

    private mutating func roll(_ sides: Int) -> Int {
        // SplitMix64, as in TestEffects.
        dice &+= 0x9E37_79B9_7F4A_7C15
        var value = dice
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(sides))
    }
}
