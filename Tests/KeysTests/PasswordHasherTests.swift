import Core
import Synchronization
import Testing

@testable import Keys

struct PasswordHasherTests {
    private let hasher = PasswordHasher(logN: 4)
    private let salt = [UInt8](repeating: 3, count: 16)

    private func failure(_ body: @Sendable () async throws -> Void) async -> HubError? {
        do {
            try await body()
            return nil
        } catch { return error as? HubError }
    }

    @Test("the right password passes, any other does not", arguments: ["", "correct horse", "correct horse battery!"])
    func verify(wrong: String) async throws {
        let stored = try await hasher.hash(Secret("correct horse battery"), salt: salt)
        #expect(stored.hasPrefix("$scrypt$ln=4,r=8,p=1$AwMDAwMDAwMDAwMDAwMDAw$"))
        let right = try await hasher.verify(Secret("correct horse battery"), against: stored)
        let passed = try await hasher.verify(Secret(wrong), against: stored)
        #expect(right)
        #expect(!passed)
    }

    @Test("the default cost is the one of the record")
    func standard() async throws {
        let stored = try await PasswordHasher().hash(Secret("correct horse battery"), salt: salt)
        #expect(stored.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
        let passes = try await hasher.verify(Secret("correct horse battery"), against: stored)
        #expect(passes)
    }

    @Test("another salt gives another hash")
    func salts() async throws {
        let one = try await hasher.hash(Secret("correct horse battery"), salt: salt)
        let two = try await hasher.hash(Secret("correct horse battery"), salt: [UInt8](repeating: 4, count: 16))
        #expect(one != two)
    }

    @Test(
        "a planted or damaged record is refused, not run",
        arguments: [
            "", "$", "plain", "$scrypt$ln=16,r=8,p=1$S$K", "$scrypt$ln=31,r=8,p=1$S$K", "$scrypt$ln=63,r=8,p=1$S$K",
            "$scrypt$ln=0,r=8,p=1$S$K", "$scrypt$ln=4,r=9,p=1$S$K", "$scrypt$ln=4,r=8,p=64$S$K",
            "$scrypt$ln=+4,r=8,p=1$S$K", "$scrypt$ln=04,r=8,p=1$S$K", "$scrypt$p=1,r=8,ln=4$S$K",
            "$argon2id$ln=4,r=8,p=1$S$K", "$scrypt$ln=4,r=8,p=1$S$K$", "$scrypt$ln=4,r=8,p=1$$K",
            "$scrypt$ln=4,r=8,p=1$S$", "$scrypt$ln=4,r=8,p=1$S=$K", "$scrypt$ln=4,r=8,p=1$AAAA$K",
        ])
    func planted(template: String) async {
        let stored = template.replacing("$S", with: "$" + Base64URL.encode(salt))
            .replacing("$K", with: "$" + Base64URL.encode([UInt8](repeating: 5, count: 32)))
        let error = await failure { _ = try await hasher.verify(Secret("x"), against: stored) }
        #expect(error?.reason == "password_hash_unreadable")
    }

    @Test("bounds on passwords and salts")
    func bounds() async throws {
        let long = Secret([UInt8](repeating: 0x61, count: Limits.passwordBytes.value + 1))
        let stored = try await hasher.hash(
            Secret([UInt8](repeating: 0x61, count: Limits.passwordBytes.value)), salt: salt)
        let passed = try await hasher.verify(long, against: stored)
        #expect(!passed)
        for password in [long, Secret("")] {
            let error = await failure { _ = try await hasher.hash(password, salt: salt) }
            #expect(error?.reason == "bad_password_length")
        }
        let error = await failure { _ = try await hasher.hash(Secret("x"), salt: [1]) }
        #expect(error?.reason == "bad_salt")
    }
}

struct WorkQueueTests {
    private final class Counts: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }
        func enter() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test("never more at once than allowed, and all that were accepted finish")
    func atOnce() async throws {
        let work = WorkQueue(atOnce: 2, waiting: 100)
        let counts = Counts()
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<50 {
                group.addTask {
                    try await work.run {
                        counts.enter()
                        _ = (0..<10_000).reduce(0, &+)
                        counts.leave()
                        return index
                    }
                }
            }
            return try await group.reduce(0) { sum, _ in sum + 1 }
        }
        #expect(done == 50)
        #expect(counts.most <= 2)
    }

    @Test("one more than may wait is refused, and later ones are taken again")
    func full() async throws {
        let work = WorkQueue(atOnce: 1, waiting: 1)
        let gate = Gate()
        async let first: Void = work.run { gate.pass() }
        while !gate.isHolding { await Task.yield() }
        async let second: Void = work.run { gate.pass() }
        while work.waitingCount == 0 { await Task.yield() }
        var refusal: HubError?
        do { try await work.run {} } catch { refusal = error as? HubError }
        gate.open()
        _ = try await (first, second)
        #expect(refusal?.kind == .unavailable)
        #expect(refusal?.reason == "too_many_hashes")
        let again = try await work.run { 42 }
        #expect(again == 42)
    }

    /// Holds a thread of the work queue until the test lets it go.
    private final class Gate: Sendable {
        private let state = Mutex((holding: false, open: false))
        var isHolding: Bool { state.withLock { $0.holding } }
        func open() { state.withLock { $0.open = true } }
        func pass() {
            state.withLock { $0.holding = true }
            while !state.withLock({ $0.open }) {}
        }
    }
}
