import Ports

/// The groups of the rail, in the order of work.
enum RailGroup: String, Sendable, CaseIterable {
    case overview, inbound, outbound, flows, logs, reviews, settings

    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

/// One group of the rail with its links.
struct Rail: Sendable {
    struct Item: Sendable {
        let name: String
        let path: Path
        let isCurrent: Bool
    }
    /// Nil for the overview, which stands alone.
    let group: String?
    let links: [Item]

    /// What the caller may see, in order; `segment` is the first of the path that is open.
    static func of(_ visit: Visit, screens: [Screen]) -> [Rail] {
        RailGroup.allCases.compactMap { group in
            let special = screens.filter { $0.group == group && visit.mayAll($0.needs) }
                .map { Item(name: $0.title, path: Path($0.path), isCurrent: visit.segments == $0.path) }
            let nouns = Nouns.all.filter { $0.group == group && $0.isInRail && visit.may("\($0.name).list") }
                .map { Item(name: $0.title, path: $0.page, isCurrent: visit.segments.first == $0.segment) }
            let links = special + nouns
            return links.isEmpty ? nil : Rail(group: group == .overview ? nil : group.title, links: links)
        }
    }
}
