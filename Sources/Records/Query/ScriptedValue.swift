import Core

/// The scripts that real clients put in the place of a value. Nothing is evaluated: two texts stand for facts about the
/// caller, one form holds a moment as plain text, and every other script is refused.
enum ScriptedValue {
    /// What a value stands for; itself, unless it is a script.
    static func resolved(_ text: String, for viewer: Viewer) throws -> String {
        guard isScript(text) else { return text }
        switch text {
        case "javascript:gs.getUserID()":
            guard let id = viewer.id else {
                throw HubError(
                    .invalid, "query_script", "gs.getUserID() has no answer here: the caller is no user of the hub.")
            }
            return id
        case "javascript:gs.getUserName()": return viewer.name
        default:
            if let moment = moment(text) { return moment }
            throw HubError(
                .invalid, "query_script",
                "A value begins with javascript:. Only gs.getUserID(), gs.getUserName() and gs.dateGenerate(…) are "
                    + "answered; nothing is evaluated.")
        }
    }

    /// `gs.dateGenerate('2026-11-30','17:00:00')`, or both in one text, by the one quote or the other.
    private static func moment(_ text: String) -> String? {
        let (start, end) = ("javascript:gs.dateGenerate(", ")")
        guard text.hasPrefix(start), text.hasSuffix(end), text.utf8.count < 80 else { return nil }
        let inside = text.dropFirst(start.count).dropLast(end.count)
        let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
        let texts = parts.compactMap { part in
            ["'", "\""].contains { part.count > 1 && part.hasPrefix($0) && part.hasSuffix($0) }
                ? part.dropFirst().dropLast() : nil
        }
        guard texts.count == parts.count, (1...2).contains(texts.count) else { return nil }
        return texts.joined(separator: " ")
    }

    /// Whether the platform would take it for a script, in whatever case.
    static func isScript(_ text: String) -> Bool {
        text.utf8.prefix(11).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.elementsEqual("javascript:".utf8)
    }
}
