/// Which roles may do what to the records of a table. An empty list: nobody but `admin`, who passes every list.
public struct TableRights: Sendable, Equatable {
    /// Any one of these roles may create records.
    public let create: [String]
    /// Any one of these roles may read records.
    public let read: [String]
    /// Any one of these roles may update records.
    public let write: [String]
    /// Any one of these roles may delete records.
    public let delete: [String]

    /// States the four lists.
    public init(create: [String], read: [String], write: [String], delete: [String]) {
        self.create = create
        self.read = read
        self.write = write
        self.delete = delete
    }
}
