/// A page that is not a noun's: its place, what it needs, what it shows.
///
/// One more screen is one file with such a value and one line in `Screens.all`. It is put together from `Block`s; one
/// that needs a picture of its own adds a template to `Look` and a line to `Look.templates`.
struct Screen: Sendable {
    /// The segments after `/console`; `*` stands for any one.
    let path: [String]
    let title: String
    /// Where it stands in the rail; nil keeps it out.
    var group: RailGroup?
    /// The operations it calls; whoever may not call all of them is not offered it.
    let needs: [String]
    let show: @Sendable (Visit) async throws -> Content
    /// What its form does; nil when it has none.
    var act: (@Sendable (Visit) async throws -> Outcome)?

    func matches(_ segments: [String]) -> Bool {
        path.count == segments.count && zip(path, segments).allSatisfy { $0 == "*" || $0 == $1 }
    }
}

/// Every screen, in the order of the rail. A screen stands before the page of a noun at the same place.
enum Screens {
    static let all: [Screen] = [
        .overview, .simulator, .integrations, .connect, .grant, .resources, .apply, .authorize, .finish, .proof, .drift,
        .findings,
        .settings, .ownConsent,
    ]

    static func at(_ segments: [String]) -> Screen? { all.first { $0.matches(segments) } }
}
