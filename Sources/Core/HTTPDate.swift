/// Reads the one form of date that HTTP senders generate (RFC 9110 §5.6.7): `Sat, 21 Nov 2026 20:56:01 GMT`.
public enum HTTPDate {
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
}
