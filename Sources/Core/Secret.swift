/// Bytes that never print, never encode and never compare with `==`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// Takes the bytes; forget them at the caller.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Takes the text's UTF-8.
    public init(_ text: String) { bytes = Array(text.utf8) }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// How many bytes there are.
    public var count: Int { bytes.count }

    /// The only way out. A reviewer greps for `.reveal` and reads every use.
    public func reveal<R>(_ body: ([UInt8]) throws -> R) rethrows -> R { try body(bytes) }

    /// Takes the same time wherever the first difference lies.
    public func matches(_ other: Secret) -> Bool {
        ConstantTime.equal(bytes, other.bytes)
    }
}
