public import Core

/// A page of records, and how many the query finds in all; both from one snapshot.
public struct RecordPage: Sendable {
    /// The records, each an object of texts.
    public let rows: [JSON]
    /// How many records the query finds without limit and offset, for `X-Total-Count`.
    public let total: Int
    /// The limit that was used, for `Link`.
    public let limit: Int
    /// How many records were skipped.
    public let offset: Int
}
