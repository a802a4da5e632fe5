import Core
import Ports

/// One rule of an auth scope: a method and a path pattern, for one table or any.
public struct ScopeRule: Sendable, Hashable {
    /// The methods that a rule may name.
    public static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "*"]

    /// The auth scope's name.
    public let scope: String
    /// One of `methods`.
    public let method: String
    /// The path pattern.
    public let path: String
    /// The table the call must be about; nil for any call.
    public let table: String?
    /// How many seconds ago the person may have signed in at most, as the auth scope asks (RFC 9470 §4); nil where it
    /// does not.
    public let maxAge: Int64?

    private let pattern: PathPattern

    /// A rule as it is stored; use `problem` first on one that somebody sent.
    public init(scope: String, method: String, path: String, table: String? = nil, maxAge: Int64? = nil) {
        self.scope = scope
        self.method = method
        self.path = path
        self.table = table
        self.maxAge = maxAge
        pattern = PathPattern(path)
    }

    /// Every call; it counts only for a token that carries it.
    static let userAccount = ScopeRule(scope: ScopeName.userAccount, method: "*", path: "/**")

    /// Whether it covers a call. `HEAD` counts as `GET`.
    func covers(method called: String, path: CalledPath, table calledTable: String?) -> Bool {
        guard method == "*" || method == called || (method == "GET" && called == "HEAD") else { return false }
        if let table {
            guard let calledTable, table.isExactly(calledTable) else { return false }
        }
        return pattern.covers(path)
    }

    /// How narrow it is: the more names it fixes, the higher; compare the parts in order.
    var narrowness: [Int] { [pattern.fixed + (table == nil ? 0 : 1), pattern.hasRest ? 0 : 1, method == "*" ? 0 : 1] }

    /// What is wrong with it, as the end of a sentence; nil when nothing is.
    public var problem: String? {
        guard Self.methods.contains(method) else {
            return "its method must be one of \(Self.methods.joined(separator: ", "))"
        }
        if let problem = PathPattern.problem(path) { return problem }
        if let table, !TableName.isWellFormed(table) {
            return "its table must be lowercase letters, digits and _, starting with a letter"
        }
        return nil
    }
}
