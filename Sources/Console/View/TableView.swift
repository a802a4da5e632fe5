import Core

/// Rows under their columns.
struct TableView: Sendable {
    struct Head: Sendable {
        let name: String
        var isNumber = false
    }
    struct Row: Sendable {
        /// Heads the row.
        let first: Cell
        var cells: [Cell]
        var acts: [Link] = []
        /// What the acts are about, for those who hear a list of links.
        var about = ""
    }

    let caption: String
    let heads: [Head]
    let rows: [Row]
    /// What is said when there are no rows.
    let empty: String
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
        self.rows = rows.map { row in
            var row = row
            for (place, head) in zip(row.cells.indices, heads.dropFirst()) { row.cells[place].head = head.name }
            return row
        }
        self.empty = empty
        hasRows = !rows.isEmpty
        isStill = !rows.contains { row in
            !row.acts.isEmpty || ([row.first] + row.cells).contains { $0.parts.contains(where: \.isLink) }
        }
        hasActs = rows.contains { !$0.acts.isEmpty }
    }
}

extension TableView {
    /// Items under columns; those that hold numbers stand to the right.
    ///
    /// - Parameter noun: what the items are rows of, for the links to their pages.
    init(
        _ caption: String, columns: [Noun.Column], items: [JSON], of noun: Noun? = nil, empty: String = "",
        acts: (JSON) -> [Link] = { _ in [] }
    ) {
        var rows = items.map { item in
            let cells = columns.map { $0.show.cell(item[$0.key], of: noun, in: item) }
            return Row(
                first: cells[0], cells: Array(cells.dropFirst()), acts: acts(item),
                about: item[columns[0].key].map(Show.named) ?? "")
        }
        var heads = columns.map { Head(name: $0.name) }
        for place in heads.indices.dropFirst() where rows.contains(where: { $0.cells[place - 1].isNumber }) {
            heads[place].isNumber = true
            for row in rows.indices { rows[row].cells[place - 1].isNumber = true }
        }
        self.init(caption, heads, rows, empty: empty)
    }
}
