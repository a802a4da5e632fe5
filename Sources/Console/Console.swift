import Core
public import Hub

/// The web console: server-rendered pages on the same operations as the API and the command line.
///
/// A page is a `Noun` (a list, its rows, forms made from the operations' fields) or a `Screen` (anything else). One
/// more noun is one file in `Nouns` and one line in `Nouns.all`; one more screen is one file in `Screens` and one line
/// in `Screens.all`. Neither touches HTML: pages are put together from `Block`s, and only templates in `Look` hold
/// markup. Pages reach the hub through `Visit` alone, so nothing is shown or done that the caller's roles do not permit.
public enum Console {
    /// Every route of the console, for `Hub.open`.
    public static func pages() -> Pages {
        let frame = Frame(look: Look())
        return Pages(
            SignInPages(frame: frame).all + AccountPages(frame: frame).all + ProofPages(frame: frame).all
                + ConsentPages(frame: frame).all + AuthorizePages(frame: frame).all + DevicePages(frame: frame).all
                + LogoutPages(frame: frame).all
                + rooms(frame) + starts + [asset],
            operations: Nouns.all.map(\.needs).reduce(Set(Screens.all.flatMap(\.needs))) { $0.union($1) },
            signIn: "/console/sign-in", failure: frame.failure)
    }

    private static let starts = ["/", "/console"].map { template in
        Page("GET", template, name: "console.start\(template.dropFirst())", need: .signedIn) { _ in
            .redirect(to: Path("overview").text)
        }
    }

    private static let asset = Page(
        "GET", "/console/assets/{file}", name: "console.asset",
        need: .everyone(because: "the style sheet and the script are public")
    ) { request in
        guard let asset = Look.assets.first(where: { $0.file == request.parameters["file"] }) else {
            throw Visit.nothingHere
        }
        return PageReply(
            status: 200, contentType: asset.contentType, body: asset.bytes,
            headers: [("cache-control", "public, max-age=31536000, immutable")])
    }

    /// The templates under which nouns and screens stand: up to three segments, by GET and by POST. Who may call what
    /// is decided by the operations that a page runs.
    private static func rooms(_ frame: Frame) -> [Page] {
        let names = ["noun", "id", "verb"]
        return (1...names.count).flatMap { count in
            let template = "/console" + names.prefix(count).map { "/{\($0)}" }.joined()
            let segments: @Sendable (PageRequest) -> [String] = { request in
                names.prefix(count).map { request.parameters[$0] ?? "" }
            }
            return [
                Page("GET", template, name: "console.show.\(count)", need: .signedIn) { request in
                    let visit = try Visit(request, segments(request)).found()
                    return try await frame.reply(to: visit) { .page(try await show(visit), status: 200) }
                },
                Page("POST", template, name: "console.act.\(count)", need: .signedIn) { request in
                    let visit = try Visit(request, segments(request)).found()
                    return try await frame.reply(to: visit) { try await act(visit) }
                },
            ]
        }
    }

    /// The content at the visit's path; throws `no_such_page`.
    static func show(_ visit: Visit) async throws -> Content {
        if let screen = Screens.at(visit.segments) { return try await screen.show(visit) }
        return try await NounPages(noun: try Nouns.at(visit.segments[0]).found(), visit: visit).show()
    }

    /// What the form at the visit's path does; throws `no_such_page`.
    static func act(_ visit: Visit) async throws -> Outcome {
        if let screen = Screens.at(visit.segments) { return try await screen.act.found()(visit) }
        return try await NounPages(noun: try Nouns.at(visit.segments[0]).found(), visit: visit).act()
    }
}

extension Optional {
    /// The value; throws `no_such_page` when there is none.
    func found() throws -> Wrapped {
        guard let value = self else { throw Visit.nothingHere }
        return value
    }
}
