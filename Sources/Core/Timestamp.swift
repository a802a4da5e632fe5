import FoundationEssentials

/// A moment, in whole milliseconds since 1970 (UTC).
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let epochMilliseconds: Int64

    /// A moment from its stored number.
    public init(epochMilliseconds: Int64) { self.epochMilliseconds = epochMilliseconds }

    /// A moment on a whole second.
    public init(epochSeconds: Int64) { epochMilliseconds = epochSeconds * 1000 }

    /// Seconds since 1970, rounded down.
    public var epochSeconds: Int64 {
        epochMilliseconds >= 0 ? epochMilliseconds / 1000 : (epochMilliseconds - 999) / 1000
    }

    public static func < (left: Self, right: Self) -> Bool { left.epochMilliseconds < right.epochMilliseconds }

    /// The moment that many seconds later.
    public func adding(seconds: Int64) -> Self { Self(epochMilliseconds: epochMilliseconds + seconds * 1000) }

    /// The moment that many milliseconds later.
    public func adding(milliseconds: Int64) -> Self { Self(epochMilliseconds: epochMilliseconds + milliseconds) }

    /// How many milliseconds lie between an earlier moment and this one.
    public func milliseconds(since earlier: Timestamp) -> Int64 { epochMilliseconds - earlier.epochMilliseconds }

    /// RFC 3339 §5.6 in UTC with milliseconds: `2026-11-21T20:56:01.250Z`.
    public var rfc3339: String { date.formatted(Self.withMilliseconds) }

    /// The platform's form, UTC without a zone: `2026-11-21 20:56:01`.
    public var platform: String {
        let text = date.formatted(Date.ISO8601FormatStyle())
        return String(text.prefix(10)) + " " + String(text.dropFirst(11).prefix(8))
    }

    public var description: String { rfc3339 }

    /// Reads RFC 3339 in UTC, with or without milliseconds; nil for anything else.
    public init?(rfc3339 text: String) {
        guard text.utf8.count <= 32, text.utf8.last == UInt8(ascii: "Z") else { return nil }
        let style = text.utf8.contains(UInt8(ascii: ".")) ? Self.withMilliseconds : Date.ISO8601FormatStyle()
        guard let date = try? style.parse(text) else { return nil }
        self.init(epochMilliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
        guard rfc3339 == text || Self.withoutFraction(rfc3339) == text else { return nil }
    }

    private static let withMilliseconds = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private static func withoutFraction(_ text: String) -> String { String(text.dropLast(5)) + "Z" }

    private var date: Date { Date(timeIntervalSince1970: Double(epochMilliseconds) / 1000) }
}
