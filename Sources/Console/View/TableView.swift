/// Rows under their columns.
struct TableView: Sendable {
    struct Head: Sendable {
        let name: String
        var isNumber = false
    }
    struct Row: Sendable {
        /// Heads the row.
        let first: Cell
        let cells: [Cell]
        var acts: [Link] = []
        /// What the acts are about, for those who hear a list of links.
        var about = ""
    }

    let caption: String
    let heads: [Head]
    let rows: [Row]
    /// What is said when there are no rows.
    let empty: String
    var emptyLink: Link?
    /// Under the rows: how many there are.
    var foot: String?
    var next: Path?
    /// The id of the rows, when a script may fetch them anew.
    var rowsID: String?
    let hasRows: Bool
    let hasActs: Bool
    /// Whether nothing in it takes the keyboard, so that the box itself must, to be scrolled sideways.
    let isStill: Bool

    init(_ caption: String, _ heads: [Head], _ rows: [Row], empty: String) {
        self.caption = caption
        self.heads = heads
        self.rows = rows
        self.empty = empty
        hasRows = !rows.isEmpty
        isStill = !rows.contains { row in
            !row.acts.isEmpty || ([row.first] + row.cells).contains { $0.parts.contains(where: \.isLink) }
        }
        hasActs = rows.contains { !$0.acts.isEmpty }
    }
}
