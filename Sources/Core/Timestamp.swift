/// A moment, in whole milliseconds since 1970 (UTC).
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let epochMilliseconds: Int64

    /// A moment from its stored number.
    public init(epochMilliseconds: Int64) { self.epochMilliseconds = epochMilliseconds }

    /// A moment on a whole second.
    public init(epochSeconds: Int64) { epochMilliseconds = epochSeconds * 1000 }

    /// Seconds since 1970, rounded down.
    public var epochSeconds: Int64 { CivilTime.divide(epochMilliseconds, by: 1000).quotient }

    public static func < (left: Self, right: Self) -> Bool { left.epochMilliseconds < right.epochMilliseconds }

    /// The moment that many seconds later.
    public func adding(seconds: Int64) -> Self { Self(epochMilliseconds: epochMilliseconds + seconds * 1000) }

    /// The moment that many days of 24 hours later.
    public func adding(days: Int) -> Self { adding(seconds: Int64(days) * 86_400) }

    /// The moment that many milliseconds later.
    public func adding(milliseconds: Int64) -> Self { Self(epochMilliseconds: epochMilliseconds + milliseconds) }

    /// How many milliseconds lie between an earlier moment and this one.
    public func milliseconds(since earlier: Timestamp) -> Int64 { epochMilliseconds - earlier.epochMilliseconds }

    /// RFC 3339 §5.6 in UTC with milliseconds: `2026-11-21T20:56:01.250Z`.
    public var rfc3339: String {
        let civil = CivilTime(epochMilliseconds)
        var text = civil.bytes(separator: UInt8(ascii: "T"))
        text.append(UInt8(ascii: "."))
        text += CivilTime.padded(civil.millisecond, 3).utf8
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The platform's form, UTC without a zone: `2026-11-21 20:56:01`.
    public var platform: String {
        String(decoding: CivilTime(epochMilliseconds).bytes(separator: UInt8(ascii: " ")), as: UTF8.self)
    }

    /// RFC 9110 §5.6.7, for header fields: `Sat, 21 Nov 2026 20:56:01 GMT`.
    public var httpDate: String {
        let civil = CivilTime(epochMilliseconds)
        let dayNumber = CivilTime.divide(epochSeconds, by: 86_400).quotient
        // 1970-01-01 was a Thursday.
        let weekday = CivilTime.divide(dayNumber + 4, by: 7).remainder
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return names[Int(weekday)] + ", " + CivilTime.padded(civil.day, 2) + " "
            + months[Int(civil.month) - 1] + " " + CivilTime.padded(civil.year, 4) + " " + civil.time + " GMT"
    }

    public var description: String { rfc3339 }

    /// Reads RFC 3339 §5.6 in UTC, with or without three digits of milliseconds; nil for anything else.
    ///
    /// Deviation: RFC 3339 §5.6 allows other zones, lowercase letters, other fractions and leap seconds. One moment has one
    /// spelling here (or two: without milliseconds), so that what was written can be compared.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 || bytes.count == 24,
            let milliseconds = CivilTime.epochMilliseconds(of: bytes)
        else { return nil }
        self.init(epochMilliseconds: milliseconds)
        // What does not come out as it went in was no such moment: 30 February, hour 24, another separator.
        let written = Array(rfc3339.utf8)
        guard bytes == written || bytes == written.dropLast(5) + [UInt8(ascii: "Z")] else { return nil }
    }
}
