import Storage

/// One column as the dictionary describes it.
struct RecordColumn: Sendable {
    let name: String
    let label: String
    let kind: FieldKind
    /// At most this many Unicode scalars; only for texts.
    let maxLength: Int
    let isMandatory: Bool
    /// What a choice may hold.
    let choices: [String]
    /// The table that a reference leads to; nil for every other kind.
    let reference: String?
    /// Whether lists in its order, and looks for one of its values, are answered from an index.
    let isIndexed: Bool
    /// Kept by the hub; nobody writes it through an API.
    let isSystem: Bool

    init(
        _ name: String, _ label: String, _ kind: FieldKind = .string, maxLength: Int = 255, isMandatory: Bool = false,
        choices: [String] = [], reference: String? = nil, isIndexed: Bool = false, isSystem: Bool = false
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.maxLength = maxLength
        self.isMandatory = isMandatory
        self.choices = choices
        self.reference = reference
        self.isIndexed = isIndexed
        self.isSystem = isSystem
    }

    /// The case-folded column beside it; nil where none is kept.
    var foldedName: String? { kind.isSearched ? name + "__fold" : nil }

    /// Whether its text may hold line breaks and tabs.
    var isLong: Bool { maxLength > 255 }

    /// How the store defines it.
    var stored: [Column] {
        guard kind.isStoredAsText else { return [.int(name).optional] }
        return ([name] + (foldedName.map { [$0] } ?? [])).map { .text($0).emptyByDefault }
    }

    /// A reference to a table.
    static func reference(_ name: String, _ label: String, to table: String, isIndexed: Bool = false) -> RecordColumn {
        RecordColumn(name, label, .reference, maxLength: 32, reference: table, isIndexed: isIndexed)
    }
}

extension RecordColumn {
    /// What every data table has, whatever its dictionary says.
    static let system: [RecordColumn] = [sysID, createdOn, createdBy, updatedOn, updatedBy, modCount]

    static let sysID = RecordColumn("sys_id", "Sys ID", .sysID, maxLength: 32, isSystem: true)
    static let createdOn = RecordColumn("sys_created_on", "Created", .datetime, isIndexed: true, isSystem: true)
    static let createdBy = RecordColumn("sys_created_by", "Created by", isSystem: true)
    static let updatedOn = RecordColumn("sys_updated_on", "Updated", .datetime, isIndexed: true, isSystem: true)
    static let updatedBy = RecordColumn("sys_updated_by", "Updated by", isSystem: true)
    static let modCount = RecordColumn("sys_mod_count", "Updates", .integer, isSystem: true)
}
