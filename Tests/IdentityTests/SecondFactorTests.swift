import Core
import Identity
import Keys
import Ports
import Storage
import TestSupport
import Testing

extension Office {
    static let place = SignInPlace(address: "192.0.2.1", browser: "Browser/1")

    func id(_ name: String = "mara") async throws -> UserID {
        try #require(try await identity.user(name, at: time.now)).id
    }

    /// mara with her password and an app; the code that she confirmed it with is spent.
    func equipMara() async throws -> (app: Authenticator, recovery: [Secret]) {
        try await hireMara()
        let mara = try await id()
        let app = Authenticator(
            typed: try await identity.beginSecondFactor(of: mara, by: time.cause()).secret)
        let codes = try await identity.confirmSecondFactor(of: mara, code: app.code(at: time.now), by: time.cause())
        time.advance(seconds: 300)
        return (app, try #require(codes))
    }

    func finish(_ start: SessionStart, _ code: Secret, from address: String = "192.0.2.1") async throws -> SecondStep {
        guard case .codeNeeded(let proof) = start else { return .over }
        return try await identity.finishSignIn(
            proof: proof, code: code, at: SignInPlace(address: address), by: time.cause(.nobody))
    }

    func enrol(_ start: SessionStart, _ code: Secret) async throws -> SecondStep {
        guard case .enrolmentNeeded(let proof, _) = start else { return .over }
        return try await identity.finishEnrolment(proof: proof, code: code, at: Self.place, by: time.cause(.nobody))
    }
}

extension SessionStart {
    var app: Authenticator? {
        if case .enrolmentNeeded(_, let enrolment) = self { Authenticator(typed: enrolment.secret) } else { nil }
    }
}

extension SecondStep {
    var secret: Secret? { if case .begun(let secret, _) = self { secret } else { nil } }
    var word: String {
        switch self {
        case .begun: "begun"
        case .wrong: "wrong"
        case .over: "over"
        case .tooMany: "too many"
        }
    }
}

private let wrong = Secret("no code")

struct SecondFactorTests {
    @Test("the password opens nothing by itself, and a code counts once", arguments: TestStore.allCases)
    func twoSteps(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let start = try await office.enter()
            #expect(start.word == "code")
            if case .codeNeeded(let proof) = start {
                let none = try await office.session(proof)
                #expect(none == nil)
            }
            let code = app.code(at: office.time.now)
            let recorded = try await office.events {
                let first = try await office.finish(start, code)
                #expect(first.word == "begun")
                let session = try await office.session(first.secret)
                #expect(session?.provedAt == office.time.now)
            }
            #expect(recorded == ["user.signed_in user mara"])
            let replayed = try await office.finish(start, code)
            #expect(replayed.word == "over", "the proof is spent")
            let again = try await office.finish(try await office.enter(), code)
            #expect(again.word == "wrong", "and so is the code")
            office.time.advance(seconds: 30)
            let next = try await office.finish(try await office.enter(), app.code(at: office.time.now))
            #expect(next.word == "begun")
        }
    }

    @Test("of many at once one uses a code", arguments: TestStore.allCases)
    func atOnce(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, recovery) = try await office.equipMara()
            for code in [app.code(at: office.time.now), recovery[0]] {
                var starts: [SessionStart] = []
                for _ in 0..<4 { starts.append(try await office.enter()) }
                let words = try await withThrowingTaskGroup(of: String.self) { [starts] group in
                    for start in starts { group.addTask { try await office.finish(start, code).word } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(words.count { $0 == "begun" } == 1)
            }
        }
    }

    @Test("clocks may differ by a step", arguments: TestStore.allCases, [-2, -1, 0, 1, 2] as [Int64])
    func skew(_ store: TestStore, _ steps: Int64) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let code = app.code(at: office.time.now.adding(seconds: 30 * steps))
            let step = try await office.finish(try await office.enter(), code)
            #expect(step.word == (abs(steps) <= 1 ? "begun" : "wrong"))
        }
    }

    @Test("recovery codes work once each, however they are typed", arguments: TestStore.allCases)
    func recovery(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (_, codes) = try await office.equipMara()
            let texts = codes.map { $0.reveal { String(decoding: $0, as: UTF8.self) } }
            #expect(texts.count == Limits.recoveryCodes.value && Set(texts).count == texts.count)
            #expect(texts.allSatisfy { $0.wholeMatch(of: /[a-z2-7]{4}(-[a-z2-7]{4}){3}/) != nil })
            for typed in [texts[0], texts[1].uppercased(), texts[2].replacing("-", with: " ")] {
                let used = try await office.events {
                    let step = try await office.finish(try await office.enter(), Secret(typed))
                    #expect(step.word == "begun")
                }
                #expect(used.contains("user.recovery_code_used user mara"))
                let again = try await office.finish(try await office.enter(), Secret(typed))
                #expect(again.word == "wrong")
                // Out of the lock's and the brake's way.
                office.time.advance(seconds: 60)
            }
            let state = try await office.identity.secondFactor(of: try await office.id())
            #expect(state.recoveryCodes == texts.count - 3)
            let written = try await office.everythingWritten()
            for text in texts { #expect(!written.contains(text)) }
        }
    }

    @Test(
        "wrong codes lock like wrong passwords, and a right password between does not help",
        arguments: TestStore.allCases)
    func lock(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let recorded = try await office.events {
                for number in 0..<Limits.signInFailures.value {
                    // As HTTP Basic asks.
                    _ = try await office.signIn("mara", goodPassword)
                    let start = try await office.enter(from: "192.0.2.\(number)")
                    let step = try await office.finish(start, wrong, from: "192.0.2.\(number)")
                    #expect(step.word == "wrong")
                    office.time.advance(seconds: 60)
                }
            }
            #expect(recorded.last == "user.locked_out user mara")
            let locked = try await office.enter()
            #expect(locked.word == "refused")
            office.time.advance(seconds: Int64(Limits.signInLockSeconds.value))
            let free = try await office.finish(try await office.enter(), app.code(at: office.time.now))
            #expect(free.word == "begun")
        }
    }

    @Test("a lock ends a sign-in that is half open", arguments: TestStore.allCases)
    func lockedBetween(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let start = try await office.enter()
            for _ in 0..<Limits.signInFailures.value { _ = try await office.signIn("mara", "wrong password") }
            let step = try await office.finish(start, app.code(at: office.time.now), from: "192.0.2.9")
            #expect(step.word == "over")
        }
    }

    @Test(
        "what ends a half-open sign-in", arguments: TestStore.allCases,
        [
            ("in time", "begun"), ("too late", "over"), ("new password", "over"), ("sessions ended", "over"),
            ("switched off", "over"), ("factor removed", "over"),
        ])
    func proofs(_ store: TestStore, _ row: (what: String, word: String)) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let start = try await office.enter()
            switch row.what {
            case "in time": office.time.advance(seconds: Int64(Limits.signInProofSeconds.value) - 1)
            case "too late": office.time.advance(seconds: Int64(Limits.signInProofSeconds.value))
            case "new password":
                try await office.run("user.set-password", "mara", ["password": "another good one"])
            case "sessions ended": try await office.run("user.end-sessions", "mara")
            case "switched off": try await office.run("user.update", "mara", ["active": false])
            default: try await office.run("user.remove-second-factor", "mara")
            }
            let step = try await office.finish(start, app.code(at: office.time.now))
            #expect(step.word == row.word)
        }
    }

    @Test("refused codes slow down whoever comes from there, and nobody else", arguments: TestStore.allCases)
    func brake(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            for _ in 0..<Limits.signInsOfOneAddress.value {
                _ = try await office.identity.finishSignIn(
                    proof: Secret("none of ours"), code: wrong, at: Office.place, by: office.time.cause(.nobody))
            }
            let here = try await office.enter()
            #expect(here.word == "too many")
            let start = try await office.enter(from: "192.0.2.2")
            let slowed = try await office.finish(start, app.code(at: office.time.now))
            #expect(slowed.word == "too many", "the second step from there too")
            let step = try await office.finish(start, app.code(at: office.time.now), from: "192.0.2.2")
            #expect(step.word == "begun")
        }
    }
}

struct EnrolmentTests {
    @Test(
        "a secret counts from its first right code on, is sealed, and is recorded nowhere",
        arguments: TestStore.allCases)
    func begun(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let mara = try await office.id()
            let first = try await office.identity.beginSecondFactor(of: mara, by: office.time.cause())
            let without = try await office.enter()
            #expect(without.word == "begun", "it does not count yet")
            let second = try await office.identity.beginSecondFactor(of: mara, by: office.time.cause())
            let (old, app) = (Authenticator(typed: first.secret), Authenticator(typed: second.secret))
            let now = office.time.now
            let outdated = try await office.identity.confirmSecondFactor(
                of: mara, code: old.code(at: now), by: office.time.cause())
            #expect(outdated == nil)
            let recorded = try await office.events {
                let codes = try await office.identity.confirmSecondFactor(
                    of: mara, code: app.code(at: now), by: office.time.cause())
                #expect(codes?.count == Limits.recoveryCodes.value)
            }
            #expect(recorded == ["user.second_factor_set user mara"])
            let shown = try await office.run("user.get", "mara")
            #expect(shown["has_second_factor"] == true)
            let error = await #expect(throws: HubError.self) {
                _ = try await office.identity.beginSecondFactor(of: mara, by: office.time.cause())
            }
            #expect(error?.reason == "second_factor_set")
            let used = try await office.finish(try await office.enter(), app.code(at: now))
            #expect(used.word == "wrong", "the first code is spent")
            let sealed = try await office.database.read {
                try $0.rows("SELECT sealed FROM second_factor ORDER BY user_id LIMIT 10", []).map {
                    try $0.blob("sealed").count
                }
            }
            #expect(sealed == [SealingKey.nonceBytes + 20 + 16])
            let written = try await office.everythingWritten()
            #expect(!written.contains(second.secret.reveal { String(decoding: $0, as: UTF8.self) }))
        }
    }

    @Test(
        "who must have one sets it up behind the password or the link", arguments: TestStore.allCases,
        [
            (.optional, "admin", "begun"), (.administrators, "", "begun"), (.administrators, "auditor", "enrolment"),
            (.everybody, "", "enrolment"),
        ] as [(SecondFactorRule, String, String)])
    func must(_ store: TestStore, _ row: (rule: SecondFactorRule, role: String, word: String)) async throws {
        try await Office.open(store, rule: row.rule) { office in
            try await office.hireMara()
            if !row.role.isEmpty { _ = try await office.grant(row.role, user: "mara") }
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let linked = try await office.redeem(link.secret)
            #expect(linked.word == row.word)
            let start = try await office.enter()
            #expect(start.word == row.word)
            guard row.word == "enrolment" else { return }
            let open = try await office.run("session.list")["items"]?.array
            #expect(open == [], "no session before it is set up")
            let app = try #require(start.app)
            let outdated = try await office.enrol(linked, app.code(at: office.time.now.adding(seconds: 300)))
            #expect(outdated.word == "wrong")
            let done = try await office.enrol(start, app.code(at: office.time.now))
            guard case .begun(_, let codes) = done else { return #expect(Bool(false), "\(done.word)") }
            #expect(codes.count == Limits.recoveryCodes.value)
            let late = try await office.enrol(linked, app.code(at: office.time.now))
            #expect(late.word == "wrong", "it is set up already")
            office.time.advance(seconds: 60)
            let next = try await office.enter()
            #expect(next.word == "code")
        }
    }

    @Test("a proof is tried a few times only", arguments: TestStore.allCases)
    func tries(_ store: TestStore) async throws {
        try await Office.open(store, rule: .everybody) { office in
            try await office.hireMara()
            let start = try await office.enter()
            let app = try #require(start.app)
            for _ in 0..<Limits.signInProofTries.value {
                let step = try await office.enrol(start, wrong)
                #expect(step.word == "wrong")
            }
            let step = try await office.enrol(start, app.code(at: office.time.now))
            #expect(step.word == "over")
            let again = try await office.enter()
            #expect(again.word == "enrolment", "nobody is locked for it")
        }
    }

    @Test("a link is the way in for who lost everything", arguments: TestStore.allCases)
    func lost(_ store: TestStore) async throws {
        try await Office.open(store, rule: .everybody) { office in
            _ = try await office.equipMara()
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let linked = try await office.redeem(link.secret)
            #expect(linked.word == "begun")
        }
    }

    @Test("taken away by an administrator", arguments: TestStore.allCases)
    func removed(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (_, codes) = try await office.equipMara()
            let recorded = try await office.events {
                let shown = try await office.run("user.remove-second-factor", "mara")
                #expect(shown["has_second_factor"] == false)
            }
            #expect(recorded == ["user.second_factor_removed user mara"])
            let none = try await office.refusal("user.remove-second-factor", "mara")
            #expect(none == "no_second_factor")
            let start = try await office.enter()
            #expect(start.word == "begun")
            let answer = try await office.identity.removeSecondFactor(
                of: try await office.id(), code: codes[0], from: "192.0.2.1", by: office.time.cause())
            #expect(answer.word == "wrong", "its recovery codes went with it")
        }
    }

    @Test("taken away, or given new codes, by the person with a right code", arguments: TestStore.allCases)
    func ownChanges(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, old) = try await office.equipMara()
            let mara = try await office.id()
            let none = try await office.identity.removeSecondFactor(
                of: mara, code: wrong, from: "192.0.2.1", by: office.time.cause())
            #expect(none.word == "wrong")
            let made = try await office.identity.newRecoveryCodes(
                of: mara, code: app.code(at: office.time.now), from: "192.0.2.1", by: office.time.cause())
            guard case .right(let new) = made else { return #expect(Bool(false), "\(made.word)") }
            let stale = try await office.identity.removeSecondFactor(
                of: mara, code: old[0], from: "192.0.2.1", by: office.time.cause())
            #expect(stale.word == "wrong")
            let recorded = try await office.events {
                let answer = try await office.identity.removeSecondFactor(
                    of: mara, code: new[0], from: "192.0.2.1", by: office.time.cause())
                #expect(answer.word == "right")
            }
            #expect(recorded == ["user.recovery_code_used user mara", "user.second_factor_removed user mara"])
        }
    }

    @Test("a restored store takes no recovery code and no half-open sign-in", arguments: TestStore.allCases)
    func restored(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, codes) = try await office.equipMara()
            let start = try await office.enter()
            _ = try await office.database.write(.bookkeeping("test")) { [now = office.time.now] writer in
                try Identity.endEverySession(at: now, in: writer)
            }
            let over = try await office.finish(start, app.code(at: office.time.now))
            #expect(over.word == "over")
            let used = try await office.finish(try await office.enter(), codes[0])
            #expect(used.word == "wrong")
            let step = try await office.finish(try await office.enter(), app.code(at: office.time.now))
            #expect(step.word == "begun")
        }
    }
}

extension ProofAnswer {
    var word: String {
        switch self {
        case .right: "right"
        case .wrong: "wrong"
        case .tooMany: "too many"
        }
    }
}
