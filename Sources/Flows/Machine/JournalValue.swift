import Core

/// Values of the journal: what is kept can be read back, also years later.
enum JournalValue {
    /// Reads a value as it is kept.
    static func read(_ text: String) throws -> JSON {
        try JSON.read(Array(text.utf8), members: Limits.journalMembers)
    }

    /// Why a value cannot be kept, as the end of a sentence; nil when it can.
    static func problem(_ value: JSON) -> String? {
        let bytes = value.bytes
        guard bytes.count <= Limits.journalValueBytes.value else {
            return "has \(bytes.count) bytes and the journal keeps \(Limits.journalValueBytes.value)"
        }
        do { _ = try JSON.read(bytes, members: Limits.journalMembers) } catch {
            return "cannot be read back: \(error.what)"
        }
        return nil
    }
}
