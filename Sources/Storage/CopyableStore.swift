/// A store that can be copied while it is in use. PostgreSQL has tools of its own for that.
public protocol CopyableStore: Database {
    /// Writes one snapshot of the whole store into a new file of mode 0600 and syncs it; readers and writers go on.
    ///
    /// Throws `HubError` `store_full` when the disk has no room, or `store_file` when the file exists; what was written
    /// so far is removed then.
    func copy(to path: String) async throws
}
