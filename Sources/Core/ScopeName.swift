/// Names of auth scopes.
public enum ScopeName {
    /// RFC 6749 §3.3 (MUST): scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
    public static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0) }
    }
}
