extension StringProtocol {
    /// Whether the bytes are the same. To `==` two spellings of one character are equal, and a name must have one.
    @inlinable public func isExactly(_ other: some StringProtocol) -> Bool {
        // The lengths first: most texts differ in them.
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
