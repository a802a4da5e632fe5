/// The one form of date that HTTP senders generate (RFC 9110 §5.6.7): `Sat, 21 Nov 2026 20:56:01 GMT`.
public enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The moment; nil for another form or a day that there is not. The weekday is not judged.
    public static func read(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let index = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let month = index < 9 ? "0\(index + 1)" : "\(index + 1)"
        return Timestamp(rfc3339: "\(parts[3])-\(month)-\(parts[1])T\(parts[4])Z")
    }

    /// The text of a moment from 1970 on.
    public static func text(_ moment: Timestamp) -> String {
        let text = moment.platform  // 2025-09-29 03:49:54
        let date = text.prefix(10).split(separator: "-")
        let weekday = days[Int(max(0, moment.epochSeconds) / 86_400 + 4) % 7]
        let month = Int(date[1]).map { months[$0 - 1] } ?? ""
        return "\(weekday), \(date[2]) \(month) \(date[0]) \(text.suffix(8)) GMT"
    }
}
