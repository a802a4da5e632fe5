public import Core

/// One day in UTC; a segment of the transaction log covers it.
public struct LogDay: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public let number: Int64

    /// The day of a moment.
    public init(_ moment: Timestamp) {
        let (quotient, remainder) = moment.epochSeconds.quotientAndRemainder(dividingBy: 86_400)
        number = remainder < 0 ? quotient - 1 : quotient
    }

    /// The day `YYYY-MM-DD`, as in the name of a segment's file; nil for anything else.
    public init?(_ text: String) {
        guard let start = Timestamp(rfc3339: text + "T00:00:00Z") else { return nil }
        self.init(start)
    }

    /// Its first moment.
    public var start: Timestamp { Timestamp(epochSeconds: number * 86_400) }
    /// `YYYY-MM-DD`
    public var text: String { String(start.rfc3339.prefix(10)) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// The day that many days before.
    public func earlier(by days: Int) -> LogDay {
        LogDay(Timestamp(epochSeconds: (number - Int64(days)) * 86_400))
    }
}
