import Core

/// The two scripts that real clients put in the place of a value. Nothing is evaluated: their texts are answered with
/// facts about the caller, and every other script is refused.
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
            throw HubError(
                .invalid, "query_script",
                "A value begins with javascript:. Only javascript:gs.getUserID() and javascript:gs.getUserName() are "
                    + "answered; nothing is evaluated.")
        }
    }

    /// Whether the platform would take it for a script, in whatever case.
    static func isScript(_ text: String) -> Bool {
        text.utf8.prefix(11).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.elementsEqual("javascript:".utf8)
    }
}
