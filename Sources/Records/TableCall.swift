public import Core
public import Ports

/// One call of the Table API, after it was decided that the caller may.
public struct TableCall: Sendable {
    /// Whether the caller's scopes let it read a table or, where a record is named, that one; roles are asked beside it.
    public typealias Reach = @Sendable (_ table: String, _ record: String?) -> Bool

    let table: String
    let sysID: String
    let parameters: [(name: String, value: String)]
    let viewer: Viewer
    let cause: Cause
    let origin: String
    /// What led to a change that a flow makes; nil for everybody else.
    let lineage: Lineage?

    /// Puts a call together.
    ///
    /// - Parameters:
    ///   - sysID: the record's id, as it stands in the path; empty where there is none.
    ///   - parameters: the decoded query parameters, in order.
    ///   - caller: whose roles count on every table that the call touches.
    ///   - reach: which tables beside its own the call may read by scope.
    ///   - origin: what links begin with, such as `https://hub.example`.
    public init(
        table: String, sysID: String = "", parameters: [(name: String, value: String)] = [], caller: Principal,
        reach: @escaping Reach, cause: Cause, origin: String
    ) {
        self.init(
            table: table, sysID: sysID, parameters: parameters, viewer: Viewer(caller, reach: reach),
            cause: cause, origin: origin)
    }

    init(
        table: String, sysID: String, parameters: [(name: String, value: String)], viewer: Viewer, cause: Cause,
        origin: String, lineage: Lineage? = nil
    ) {
        self.table = table
        self.sysID = sysID
        self.parameters = parameters
        self.viewer = viewer
        self.cause = cause
        self.origin = origin
        self.lineage = lineage
    }
}
