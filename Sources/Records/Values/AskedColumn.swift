import Core
import Storage

/// One field of an answer: under which name, from where, and what stands for it where people read.
struct AskedColumn {
    /// The name or dot-walk, as it was asked.
    let path: String
    let placed: PlacedColumn
    /// For references whose names are asked and may be read.
    let display: PlacedColumn?

    /// What the statement selects for it.
    var selected: [PlacedColumn] { [placed] + (display.map { [$0] } ?? []) }
}

/// Shows rows as the platform does: every value a text, references with a link, names beside or instead of values.
struct Rendering {
    let columns: [AskedColumn]
    let display: CallParameters.Display
    let hasLinks: Bool
    let origin: String

    init(_ asked: CallParameters, origin: String) {
        columns = asked.columns
        display = asked.display
        hasLinks = asked.hasReferenceLinks
        self.origin = origin
    }

    /// An object with the asked fields, in their order.
    func json(_ row: SQLRow) throws -> JSON {
        var values = row.values[...]
        // The dictionary's columns have different names, and a caller names each field once.
        var members: [JSONObject.Member] = []
        members.reserveCapacity(columns.count)
        for asked in columns {
            let text = try asked.placed.column.shown(values.removeFirst())
            let name = try asked.display.map { try $0.column.shown(values.removeFirst()) } ?? ""
            members.append(.init(name: asked.path, value: value(text, name, of: asked.placed.column)))
        }
        return .object(JSONObject(unique: members))
    }

    private func value(_ text: String, _ name: String, of column: RecordColumn) -> JSON {
        // A name that may not be read, and one that is empty, is the value that the reader has anyway.
        let shown = column.kind == .choice ? ChoiceLabel.of(text) : name.isEmpty ? text : name
        let link: JSON? =
            text.isEmpty || !hasLinks
            ? nil : column.reference.map { .string("\(origin)/api/now/table/\($0)/\(text)") }
        var members = JSONObject()
        switch display {
        case .values:
            guard let link else { return .string(text) }
            members = ["link": link, "value": .string(text)]
        case .names:
            guard let link else { return .string(shown) }
            members = ["display_value": .string(shown), "link": link]
        case .both:
            members = ["display_value": .string(shown)]
            members["link"] = link
            members["value"] = .string(text)
        }
        return .object(members)
    }
}

/// How people read a choice: `in_progress` is "In progress".
enum ChoiceLabel {
    static func of(_ word: String) -> String {
        guard let first = word.unicodeScalars.first else { return word }
        let rest = String(String.UnicodeScalarView(word.unicodeScalars.dropFirst())).replacing("_", with: " ")
        return first.properties.uppercaseMapping + rest
    }
}
