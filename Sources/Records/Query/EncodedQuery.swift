import Storage

/// An encoded query after every name and value in it was checked against the dictionary.
struct EncodedQuery: Sendable {
    /// One condition on one column.
    struct Condition: Sendable {
        let column: PlacedColumn
        let test: QueryOperator.Test
        /// None, one or several, as the test asks; for `LIKE` the text as it was sent.
        var values: [SQLValue] = []
        /// For `SAMEAS`.
        var other: PlacedColumn?
    }

    /// One wish for an order.
    struct Order: Sendable {
        let column: PlacedColumn
        let isDescending: Bool
    }

    /// Each group must hold; a group holds when any of its conditions does: `a=1^ORb=2^c=3` is (a or b) and c.
    typealias Groups = [[Condition]]

    /// The parts between `^NQ`; a record must fit any one. A part without groups fits every record.
    var parts: [Groups] = [[]]
    /// The asked order; `sys_id` always comes last, so that pages never overlap.
    var order: [Order] = []
}

/// A column of the table that is asked, or of one that references lead to.
struct PlacedColumn: Sendable {
    let column: RecordColumn
    /// Which table of the statement: 0 is the one that is asked.
    let place: Int
    /// Whether that table is a projection, which keeps no case-folded columns.
    let isProjected: Bool
}
