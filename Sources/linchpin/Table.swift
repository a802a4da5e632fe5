import Core
import Hub

/// One column of a list: its title, what it shows of a row, and how it gives way where a terminal is too narrow.
struct Column: Sendable, ExpressibleByStringLiteral {
    /// How a cell is cut.
    enum Cut: Sendable {
        /// Never: what is copied stays whole.
        case never
        case atEnd
        /// In the middle, for what is told apart by its end.
        case inMiddle
    }

    let title: String
    let cut: Cut
    let read: @Sendable (JSON) -> String

    init(_ title: String, cut: Cut = .atEnd, read: @escaping @Sendable (JSON) -> String) {
        self.title = title.uppercased()
        self.cut = cut
        self.read = read
    }

    /// The member of this name.
    init(stringLiteral name: String) {
        let isWhole = name == "id" || name.hasSuffix("_id") || name == "correlation"
        self.init(name, cut: isWhole ? .never : .atEnd) { Show.line($0[name] ?? .null) }
    }

    /// A moment, UTC: the time alone when it is today's.
    static func time(_ name: String, _ title: String) -> Column {
        let today = String(Effects.live().now().rfc3339.prefix(10))
        return Column("\(title) (UTC)", cut: .never) { row in
            guard let text = row[name]?.string, text.count >= 19 else { return "-" }
            let time = text.dropFirst(11).prefix(8)
            return Show.safe(text.hasPrefix(today) ? String(time) : "\(text.prefix(10)) \(time)")
        }
    }
}

/// Rows under their columns: on a terminal no line is longer than it is wide, in a pipe or a file nothing is cut.
struct Table {
    let columns: [Column]
    let rows: [JSON]

    func say() {
        guard !rows.isEmpty else { return Terminal.say("none") }
        for line in lines(width: Terminal.width) { Terminal.say(line) }
    }

    private func lines(width: Int?) -> [String] {
        let cells = [columns.map(\.title)] + rows.map { row in columns.map { $0.read(row) } }
        let wanted = columns.indices.map { index in cells.map { $0[index].count }.max() ?? 0 }
        let widths = width.map { fitted(wanted, $0) } ?? wanted
        return cells.map { cells in
            var line = columns.indices.map { Self.cell(cells[$0], widths[$0], columns[$0].cut) }
                .joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    /// Takes from the widest column that may be cut, until the line fits or nothing is left to take.
    private func fitted(_ wanted: [Int], _ width: Int) -> [Int] {
        var widths = wanted
        while widths.reduce(0, +) + 2 * (widths.count - 1) > width {
            let widest = widths.indices.filter { columns[$0].cut != .never }.max { widths[$0] < widths[$1] }
            guard let widest, widths[widest] > 8 else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private static func cell(_ text: String, _ width: Int, _ cut: Column.Cut) -> String {
        guard text.count > width else { return text + String(repeating: " ", count: width - text.count) }
        guard cut == .inMiddle else { return text.prefix(width - 1) + "…" }
        let head = (width - 1) / 2
        return text.prefix(head) + "…" + text.suffix(width - 1 - head)
    }
}
