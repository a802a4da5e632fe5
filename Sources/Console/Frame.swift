import Core
import Hub
import Ports

/// What all pages stand in: the bar and the rail, or for signing in and for failures the page alone.
struct Frame: Sendable {
    let look: Look

    /// A page within bar and rail, as HTML.
    func page(_ content: Content, for visit: Visit) throws -> String {
        try look.render(
            "page",
            Framed(
                title: content.heading, hub: visit.facts.url, user: visit.principal.userName, csrf: visit.csrf,
                rail: Rail.of(visit, screens: Screens.all), content: content.view))
    }

    /// A page without rail, as HTML.
    func alone(_ title: String, says: String?, _ blocks: [Block], link: Link? = nil) throws -> String {
        try look.render("alone", Alone(title: title, says: says, blocks: blocks, link: link))
    }

    /// The page of a refusal or an error: what happened, and the id to quote.
    var failure: @Sendable (PageFailure) -> PageReply {
        { failure in
            var blocks: [Block] = []
            if let decision = failure.decision {
                blocks.append(.way(Station.stations(of: decision)).titled("The way of this request"))
            }
            blocks.append(
                .facts([
                    Fact(name: "Reason", value: .code(failure.reason)),
                    Fact(name: "Correlation id", value: .code(failure.correlation.text)),
                ]))
            do {
                let text = try alone(
                    Self.title(failure.status), says: failure.message, blocks,
                    link: Link("Go to the overview", Path("overview")))
                return .html(text, status: failure.status)
            } catch {
                return failure.plain
            }
        }
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 401: "Sign in again"
        case 403: "Not permitted"
        case 404: "Nothing here"
        case 500...: "That failed"
        default: "That did not work"
        }
    }
}

/// The model of `page`.
private struct Framed: Sendable {
    let title: String
    let hub: String
    let user: String
    let csrf: String
    let rail: [Rail]
    let content: ContentView
    let home = Path("overview")
    let account = Path("account")
    let signOut = Path("sign-out")
    let style = Look.style.path
    let script = Look.script.path
    let icon = Look.icon.path
}

/// The model of `alone`.
private struct Alone: Sendable {
    let title: String
    let says: String?
    let blocks: [Block]
    let link: Link?
    let style = Look.style.path
    let script = Look.script.path
    let icon = Look.icon.path
}
