public import Core

/// A page of records, and how many the query finds in all; both from one snapshot.
public struct RecordPage: Sendable {
    /// The records, as the call wants to see them.
    public let rows: [JSON]
    /// How many records the query finds without limit and offset, of those that the caller may read; nil where the call
    /// asked not to count.
    public let total: Int?
    /// The limit that was used, for `Link`.
    public let limit: Int
    /// How many records were skipped.
    public let offset: Int
    /// Whether the answer carries `Link`.
    public let isLinked: Bool
}

extension RecordPage {
    /// One link to another page of the same list.
    public struct PageLink: Sendable, Equatable {
        /// `first`, `prev`, `next` or `last`.
        public let relation: String
        /// The `sysparm_offset` of that page.
        public let offset: Int
    }

    /// The pages around this one. Without a count nobody knows the last page; the next one is likely after a full one.
    public var links: [PageLink] {
        guard isLinked, limit > 0 else { return [] }
        var links = [PageLink(relation: "first", offset: 0)]
        if offset > 0 { links.append(PageLink(relation: "prev", offset: max(0, offset - limit))) }
        let hasNext = total.map { offset + limit < $0 } ?? (rows.count == limit)
        if hasNext { links.append(PageLink(relation: "next", offset: offset + limit)) }
        if let total { links.append(PageLink(relation: "last", offset: max(0, (total - 1) / limit * limit))) }
        return links
    }
}
