/// Year, month, day and time of day of a moment in UTC, by whole numbers alone.
///
/// Foundation's formatters go through a floating-point number of seconds and take up to a hundred times as long.
struct CivilTime {
    let year: Int64
    let month: Int64
    let day: Int64
    let secondOfDay: Int64
    let millisecond: Int64

    // After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": an era is 400 years of 146,097 days,
    // and a year starts in March so that the leap day is its last.
    init(_ epochMilliseconds: Int64) {
        let (seconds, millisecond) = Self.divide(epochMilliseconds, by: 1000)
        let (days, secondOfDay) = Self.divide(seconds, by: 86_400)
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.secondOfDay = secondOfDay
        self.millisecond = millisecond
    }

    /// `2026-11-21 20:56:01` in ASCII, with the separator between the day and the time.
    func bytes(separator: UInt8) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes += Self.padded(year, 4).utf8
        for (mark, number) in [
            (UInt8(ascii: "-"), month), (UInt8(ascii: "-"), day), (separator, secondOfDay / 3600),
            (UInt8(ascii: ":"), secondOfDay / 60 % 60), (UInt8(ascii: ":"), secondOfDay % 60),
        ] {
            bytes.append(mark)
            bytes.append(UInt8(ascii: "0") + UInt8(number / 10))
            bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
        }
        return bytes
    }

    /// `20:56:01`
    var time: String { String(decoding: bytes(separator: UInt8(ascii: " ")).suffix(8), as: UTF8.self) }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// Rounds down, also below zero.
    static func divide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The moment of `YYYY-MM-DDTHH:MM:SS[.mmm]Z`; nil if a digit is missing. The caller checks that it is a real one.
    static func epochMilliseconds(of text: [UInt8]) -> Int64? {
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in text[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let millisecond = text.count == 24 ? number(20..<23) : 0,
            (1...12).contains(month)
        else { return nil }
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = divide(marchYear, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millisecond
    }
}
