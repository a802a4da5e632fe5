import Storage

/// An encoded query after every name and value in it was checked against a table's dictionary.
struct EncodedQuery: Sendable {
    /// One condition on one column.
    struct Condition: Sendable {
        let column: RecordColumn
        let test: QueryOperator.Test
        /// One value, or several for `IN`; for `LIKE` the case-folded text, not yet escaped.
        let values: [SQLValue]
    }

    /// One wish for an order.
    struct Order: Sendable {
        let column: RecordColumn
        let isDescending: Bool
    }

    /// Each group must hold; a group holds when any of its conditions does: `a=1^ORb=2^c=3` is (a or b) and c.
    var groups: [[Condition]] = []
    /// The asked order; `sys_id` always comes last, so that pages never overlap.
    var order: [Order] = []
}
