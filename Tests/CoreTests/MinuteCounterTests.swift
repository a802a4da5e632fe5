import Core
import TestSupport
import Testing

struct MinuteCounterTests {
    @Test("a full counter slows new names down together, and knows the old ones")
    func full() {
        let (counter, now) = (MinuteCounter(), TestEffects().now)
        for number in 0..<Limits.countedCallers.value { _ = counter.count("name \(number)", at: now) }
        #expect(counter.counted("new", at: now) == 0)
        for _ in 0..<30 { _ = counter.count("new", at: now) }
        #expect(counter.counted("new", at: now) == 30)
        #expect(counter.counted("newer", at: now) == 30)
        #expect(counter.counted("name 5", at: now) == 1)
        #expect(counter.counted("new", at: now.adding(seconds: 60)) == 0)
    }
}
