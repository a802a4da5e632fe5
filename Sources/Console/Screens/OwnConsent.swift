import Core

extension Screen {
    /// Withdrawing one of the consents that the account page lists.
    static let ownConsent = Screen(
        path: ["account", "consents", "*"], title: "Withdraw a consent", needs: [],
        show: { visit in
            let consent = try await OwnConsents.found(visit)
            let client = consent["client"]?.string ?? ""
            var content = Content(
                "Withdraw what \(client) may",
                says: "It can no longer get a code without asking you again. Allow it anew whenever it asks.",
                [
                    .form(
                        FormView(
                            action: OwnConsents.page(consent), csrf: visit.csrf, submit: "Withdraw", weight: "danger",
                            cancel: Path("account")))
                ])
            content.crumbs = [Link("Your account", Path("account"))]
            return content
        },
        act: { visit in
            try await visit.withdrawOwnConsent(visit.segments[2])
            return .done(Path("account"))
        })
}

/// What the caller has allowed applications, as the account page lists it.
enum OwnConsents {
    /// The list; nil where there is nothing in it.
    static func block(_ visit: Visit) async throws -> Block? {
        let all = try await visit.ownConsents()
        guard !all.isEmpty else { return nil }
        let columns = Noun.consents.columns.filter { !["client", "user"].contains($0.key) }
        let heads = [TableView.Head(name: "Application")] + columns.map { TableView.Head(name: $0.name) }
        let rows = all.map { consent in
            TableView.Row(
                first: Cell([.init(link: Link(consent["client"]?.string ?? "", page(consent)))]),
                cells: columns.map { $0.show.cell(consent[$0.key], of: nil, in: consent) })
        }
        let name = "What you have allowed applications"
        return Block.table(TableView(name, heads, rows, empty: "")).titled(name)
    }

    static func page(_ consent: JSON) -> Path { Path("account", "consents", consent["id"]?.string ?? "") }

    /// The one at the visit's path; throws `no_such_page` for another person's.
    static func found(_ visit: Visit) async throws -> JSON {
        try await visit.ownConsents().first { $0["id"]?.string == visit.segments[2] }.found()
    }
}
