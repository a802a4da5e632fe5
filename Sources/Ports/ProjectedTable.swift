/// A table of one feature that the Table API shows, read-only. Its rows are changed by the feature's operations alone.
public struct ProjectedTable: Sendable {
    /// The name in the Table API, such as `sys_user`.
    public let name: String
    /// The name that people read.
    public let label: String
    /// Any one of these roles may read it.
    public let readers: [String]
    /// Its columns; the six that every table has are not among them.
    public let columns: [Column]
    /// Yields every column under its name, and `sys_id`, `sys_created_on`, `sys_created_by`, `sys_updated_on`,
    /// `sys_updated_by` and `sys_mod_count`. Texts are never NULL; moments are milliseconds on whole seconds.
    ///
    /// A literal, and in it no secret and no hash of one.
    public let select: StaticString
    /// Completes "It is changed by …", for whoever tries to write.
    public let changedBy: String

    /// Describes a table.
    public init(
        _ name: String, label: String, readers: [String], columns: [Column], select: StaticString, changedBy: String
    ) {
        self.name = name
        self.label = label
        self.readers = readers
        self.columns = columns
        self.select = select
        self.changedBy = changedBy
    }

    /// One of its columns.
    public struct Column: Sendable {
        /// What a column holds.
        public enum Kind: Sendable, Equatable {
            case text
            case integer
            case boolean
            case moment
            /// The `sys_id` of a record of that table.
            case reference(String)
        }
        /// The name in the Table API.
        public let name: String
        /// The name that people read.
        public let label: String
        /// What it holds.
        public let kind: Kind

        /// Describes a column.
        public init(_ name: String, _ label: String, _ kind: Kind = .text) {
            self.name = name
            self.label = label
            self.kind = kind
        }
    }
}
