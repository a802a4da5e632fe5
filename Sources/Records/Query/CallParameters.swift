import Core
import Ports

/// What a caller may say beside the path. Everything that is not understood, and everything said twice, is refused by
/// name.
struct CallParameters {
    /// What a call does; each takes parameters of its own.
    enum Purpose: Sendable, CaseIterable {
        case list
        case one
        case write
        case delete
        case count
    }

    /// How values are shown.
    enum Display: String {
        case values = "false"
        case names = "true"
        case both = "all"
    }

    /// The tables it touches; those that conditions and order need come first.
    private(set) var walks: Walks
    /// Conditions that all must hold, each like a query of its own.
    private(set) var filters: [[EncodedQuery.Groups]] = []
    private(set) var order: [EncodedQuery.Order] = []
    /// How many of the walks' joins the filters need.
    private(set) var filterJoins = 0
    private(set) var columns: [AskedColumn] = []
    private(set) var limit = Limits.tableRows.value
    private(set) var offset = 0
    private(set) var display = Display.values
    private(set) var hasReferenceLinks = true
    private(set) var isCounted = true
    private(set) var hasPageLinks = true
    private(set) var readsDisplayValues = false
    private let purpose: Purpose
    private var fields: String?

    /// Checks what was sent, in the order of `all`: conditions before the fields that are shown.
    init(_ sent: [(name: String, value: String)], for purpose: Purpose, _ walks: Walks) throws {
        self.walks = walks
        self.purpose = purpose
        if !sent.isEmpty { try read(sent) }
        try askColumns()
    }

    /// Whether a call says anything about names in its body: most do not, and need no read before the write.
    static func mentionsNames(_ sent: [(name: String, value: String)]) -> Bool {
        sent.contains { $0.name.isExactly("sysparm_input_display_value") }
    }

    private mutating func read(_ sent: [(name: String, value: String)]) throws {
        let takes = Self.all.filter { $0.purposes.contains(purpose) }
        guard sent.count <= Limits.formParameters.value else {
            throw HubError(
                .invalid, "too_many_parameters", "The query has more than \(Limits.formParameters.value) parameters.")
        }
        var seen: Set<[UInt8]> = []
        for (name, _) in sent {
            guard seen.insert(Array(name.utf8)).inserted else {
                throw HubError(
                    .invalid, "repeated_parameter", "\"\(Shown.name(name))\" is given twice. Give it once.")
            }
            let isField = purpose.hasConditions && !name.lowercased().hasPrefix("sysparm_")
            guard isField || takes.contains(where: { $0.isNamed(name) }) else { throw Self.unknown(name, takes) }
        }
        for parameter in takes {
            guard let value = sent.first(where: { parameter.isNamed($0.name) })?.value else { continue }
            try parameter.read(&self, value)
        }
        for (name, value) in sent where !takes.contains(where: { $0.isNamed(name) }) {
            filters.append([[[try QueryParser.plain(name, value, &walks)]]])
        }
        filterJoins = walks.joins.count
    }

    private static func unknown(_ name: String, _ takes: [Parameter]) -> HubError {
        HubError(
            .invalid, "unknown_parameter",
            "There is no parameter \"\(Shown.name(name))\" here. It takes: "
                + "\(takes.map(\.name).joined(separator: ", ")).")
    }

    private mutating func askColumns() throws {
        let asked: [(path: String, placed: PlacedColumn)]
        if let fields {
            asked = try Self.names(fields).map { ($0, try walks.column($0, .fields)) }
        } else {
            let root = walks.root
            asked = root.columns.map {
                ($0.name, PlacedColumn(column: $0, place: 0, isProjected: root.isProjection))
            }
        }
        columns.reserveCapacity(asked.count)
        for (path, placed) in asked {
            let isNamed = placed.column.kind == .reference && display != .values
            columns.append(
                AskedColumn(
                    path: path, placed: placed, display: isNamed ? try walks.display(of: placed, .fields) : nil))
        }
    }

    private static func names(_ text: String) throws -> [String] {
        let names = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard names.count <= Limits.tableColumns.value else {
            throw HubError(
                .invalid, "bad_parameter", "sysparm_fields names more than \(Limits.tableColumns.value) fields.")
        }
        var seen: Set<[UInt8]> = []
        for name in names where !seen.insert(Array(name)).inserted {
            throw HubError(
                .invalid, "repeated_field",
                "sysparm_fields names \"\(Shown.name(String(Substring(name))))\" twice. Name it once.")
        }
        return names.map { String(Substring($0)) }
    }
}

extension CallParameters.Purpose {
    /// Whether it finds records by conditions, and so takes `field=value` too.
    fileprivate var hasConditions: Bool { self == .list || self == .count }
}

extension CallParameters {
    /// One parameter: its name, where it makes sense and what it does. One more is one more row.
    private struct Parameter: Sendable {
        let name: String
        let purposes: [Purpose]
        let read: @Sendable (inout CallParameters, String) throws -> Void

        init(
            _ name: String, _ purposes: [Purpose],
            _ read: @escaping @Sendable (inout CallParameters, String) throws -> Void
        ) {
            self.name = name
            self.purposes = purposes
            self.read = read
        }

        func isNamed(_ sent: String) -> Bool { name.isExactly(sent) }
    }

    /// Clients send one set of parameters with every call; where one has nothing to say, it is checked and says nothing.
    private static let everywhere = Purpose.allCases

    private static let all: [Parameter] = [
        // Empty it asks for every record: real clients send it so.
        Parameter("sysparm_query", everywhere) { parameters, text in
            var walks = parameters.walks
            guard !text.isEmpty else { return }
            let query = try QueryParser.parse(text, &walks)
            // Beside a record's own path it says nothing, and some clients send it there all the same.
            guard parameters.purpose.hasConditions else { return }
            parameters.walks = walks
            parameters.filters.append(query.parts)
            parameters.order = query.order
        },
        Parameter("sysparm_count", [.count]) { _, text in
            guard try bool(text, "sysparm_count") else {
                throw HubError(.invalid, "bad_parameter", "sysparm_count must be true: counting is all there is here.")
            }
        },
        Parameter("sysparm_fields", everywhere) { parameters, text in
            parameters.fields = text.isEmpty ? nil : text
        },
        Parameter("sysparm_limit", everywhere) { parameters, text in
            parameters.limit = try number(text, "sysparm_limit", most: Limits.tableRows.value)
        },
        Parameter("sysparm_offset", everywhere) { parameters, text in
            parameters.offset = try number(text, "sysparm_offset", most: Limits.tableOffset.value)
        },
        Parameter("sysparm_display_value", everywhere) { parameters, text in
            guard let display = Display(rawValue: PlainText.asciiFolded(text)) else {
                throw HubError(.invalid, "bad_parameter", "sysparm_display_value must be true, false or all.")
            }
            parameters.display = display
        },
        Parameter("sysparm_exclude_reference_link", everywhere) { parameters, text in
            parameters.hasReferenceLinks = try !bool(text, "sysparm_exclude_reference_link")
        },
        Parameter("sysparm_input_display_value", everywhere) { parameters, text in
            parameters.readsDisplayValues = try bool(text, "sysparm_input_display_value")
        },
        Parameter("sysparm_no_count", everywhere) { parameters, text in
            parameters.isCounted = try !bool(text, "sysparm_no_count")
        },
        Parameter("sysparm_suppress_pagination_header", everywhere) { parameters, text in
            parameters.hasPageLinks = try !bool(text, "sysparm_suppress_pagination_header")
        },
        // What follows has nothing to choose from here: one domain, no views, and the database picks its index.
        Parameter("sysparm_view", everywhere) { _, text in try word(text, "sysparm_view") },
        Parameter("sysparm_query_category", everywhere) { _, text in try word(text, "sysparm_query_category") },
        Parameter("sysparm_query_no_domain", everywhere) { _, text in
            _ = try bool(text, "sysparm_query_no_domain")
        },
    ]

    private static func number(_ text: String, _ name: String, most: Int) throws -> Int {
        guard let number = Int(text), String(number).isExactly(text), (0...most).contains(number) else {
            throw HubError(.invalid, "bad_parameter", "\(name) must be a whole number from 0 to \(most).")
        }
        return number
    }

    private static func bool(_ text: String, _ name: String) throws -> Bool {
        switch PlainText.asciiFolded(text) {
        case "true": return true
        case "false": return false
        default: throw HubError(.invalid, "bad_parameter", "\(name) must be true or false.")
        }
    }

    private static func word(_ text: String, _ name: String) throws {
        guard text.utf8.count <= Limits.nameField.value, text.unicodeScalars.allSatisfy(\.isPlain) else {
            throw HubError(.invalid, "bad_parameter", "\(name) must be one short word.")
        }
    }
}
