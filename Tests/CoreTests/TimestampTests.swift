import Core
import FoundationEssentials
import Testing

struct TimestampTests {
    @Test(
        "is written as RFC 3339 §5.6 and as the platform writes it",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_294_561_250, "2026-11-21T20:56:01.250Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ])
    func written(milliseconds: Int64, text: String) {
        let moment = Timestamp(epochMilliseconds: milliseconds)
        #expect(moment.rfc3339 == text)
        #expect(moment.platform == text.prefix(10) + " " + text.dropFirst(11).prefix(8))
        #expect(Timestamp(rfc3339: text) == moment)
    }

    @Test("each millisecond of a second comes back")
    func milliseconds() {
        for offset in Int64(0)..<1000 {
            let moment = Timestamp(epochMilliseconds: 1_790_000_000_000 + offset)
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
        }
    }

    @Test("agrees with Foundation on every day of 400 years")
    func calendar() {
        let style = Date.ISO8601FormatStyle()
        for day in Int64(-73_000)..<73_097 {
            let moment = Timestamp(epochSeconds: day * 86_400 + 3_661)
            let expected = Date(timeIntervalSince1970: Double(moment.epochSeconds)).formatted(style)
            if moment.rfc3339 != expected.dropLast() + ".000Z" { Issue.record("\(moment) is not \(expected)") }
            if Timestamp(rfc3339: expected) != moment { Issue.record("\(expected) does not come back") }
        }
    }

    @Test(
        "nothing else is read",
        arguments: [
            "", "2026-11-21", "2026-11-21T20:56:01", "2026-11-21 20:56:01Z", "2026-11-21t20:56:01z",
            "2026-11-21T20:56:01+00:00", "2026-11-21T20:56:01.2Z", "2026-11-21T20:56:01.2500Z", "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z", "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00,000Z", "2026-1-1T00:00:00Z", "２０２６-01-01T00:00:00Z", " 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z\n",
        ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("arithmetic keeps the units apart")
    func arithmetic() {
        let moment = Timestamp(epochSeconds: 10)
        #expect(moment.adding(seconds: 2).milliseconds(since: moment) == 2000)
        #expect(moment.adding(milliseconds: 2).milliseconds(since: moment) == 2)
        #expect(Timestamp(epochMilliseconds: -1).epochSeconds == -1)
        #expect(moment < moment.adding(milliseconds: 1))
    }
}
