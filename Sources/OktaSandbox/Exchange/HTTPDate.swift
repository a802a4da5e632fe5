import Core

enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// IMF-fixdate (RFC 9110 §5.6.7): `Mon, 29 Sep 2025 03:49:54 GMT`. For moments from 1970 on.
    static func text(_ moment: Timestamp) -> String {
        let text = moment.platform  // 2025-09-29 03:49:54
        let date = text.prefix(10).split(separator: "-")
        let weekday = days[Int((moment.epochSeconds / 86_400 + 4) % 7)]
        let month = Int(date[1]).map { months[$0 - 1] } ?? ""
        return "\(weekday), \(date[2]) \(month) \(date[0]) \(text.suffix(8)) GMT"
    }
}
