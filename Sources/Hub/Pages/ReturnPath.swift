/// A path of this hub to which a browser is sent; nothing that it could read as another place.
public struct ReturnPath: Sendable, Equatable {
    /// Path and query, in plain ASCII.
    public let text: String

    /// Nil unless it begins with one `/`, is plain ASCII without backslashes, and is a target that the hub would read.
    ///
    /// Browsers read `//host` and `/\host` as other hosts, and drop tabs and line ends (URL Standard §4.4).
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.dropFirst().first != UInt8(ascii: "/"),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return nil }
        do { _ = try RequestTarget(text) } catch { return nil }
        self.text = text
    }
}
