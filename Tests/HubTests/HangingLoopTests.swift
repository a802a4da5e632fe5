import Core
import TestSupport
import Testing

@testable import Hub

@Suite("A loop that hangs") struct HangingLoopTests {
    @Test("A loop whose turn never ends is seen: by the probe, by the doctor, and no more once it ends")
    func hangs() async throws {
        try await TestHub.withFolder { folder in
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": folder])
            let clock = TestEffects()
            var effects = Effects.live()
            effects.monotonicNanoseconds = clock.effects.monotonicNanoseconds
            let hub = try await Hub.open(configuration, effects: effects, logger: LogLines().logger)
            let (door, opens) = AsyncStream<Void>.makeStream()
            let (began, begins) = AsyncStream<Void>.makeStream()
            // One of the hub's own by name, with a body that does not come back.
            let loop = Loop(name: "audit chain", everyMilliseconds: 250) {
                begins.yield()
                for await _ in door {}
            }
            let running = Task { await hub.parts.keep(loop) }
            for await _ in began { break }
            #expect(await hub.isReady())
            clock.advance(seconds: Int64(Limits.loopTurnSeconds.value) - 1)
            #expect(await hub.isReady())
            clock.advance(seconds: 2)
            #expect(await !hub.isReady())
            let examined = Examined(
                configuration, hub.folder, hub.parts.database, effects, running: hub.parts)
            let found = try await DoctorCheck.loops.look(examined)
            guard case .fail(let says, _) = found else {
                Issue.record("\(found)")
                return
            }
            #expect(says.contains("audit chain"))
            opens.finish()
            running.cancel()
            await running.value
            #expect(await hub.isReady(), "a turn that ends late is a turn")
            await hub.close()
        }
    }
}
