/// What one page says, within the frame that all share.
struct Content: Sendable {
    var title: String
    var heading: String
    var says: String?
    var state: Badge?
    var crumbs: [Link] = []
    var acts: [Link] = []
    var notice: Note?
    /// Whether it changes while one looks.
    var isLive = false
    var blocks: [Block]

    init(_ heading: String, says: String? = nil, acts: [Link] = [], _ blocks: [Block]) {
        title = heading
        self.heading = heading
        self.says = says
        self.acts = acts
        self.blocks = blocks
    }

    /// As the template shows it.
    var view: ContentView {
        ContentView(
            heading: heading, says: says, state: state, crumbs: crumbs, hasCrumbs: !crumbs.isEmpty, acts: acts,
            hasActs: !acts.isEmpty, notice: notice, isLive: isLive, blocks: blocks)
    }
}

/// A content with what the template asks.
struct ContentView: Sendable {
    let heading: String
    let says: String?
    let state: Badge?
    let crumbs: [Link]
    let hasCrumbs: Bool
    let acts: [Link]
    let hasActs: Bool
    let notice: Note?
    let isLive: Bool
    let blocks: [Block]
}

/// What became of a form.
enum Outcome: Sendable {
    /// Done: the browser goes on to another page (RFC 9110 §15.4.4), so that loading it again repeats nothing.
    case done(Path)
    /// The page as the answer: the form again with what was wrong, or a secret that is shown once.
    case page(Content, status: Int)
}
