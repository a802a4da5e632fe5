import Core

extension Screen {
    /// The hub as it runs, and its bounds.
    static let settings = Screen(path: ["settings"], title: "Configuration", group: .settings, needs: []) { visit in
        let bounds = Limits.all.map { bound in
            TableView.Row(
                first: .code(bound.name),
                cells: [.number("\(Words.grouped(Int64(bound.value)))"), .text(bound.unit), .text(bound.why)])
        }
        let heads: [TableView.Head] = [
            .init(name: "Bound"), .init(name: "Most", isNumber: true), .init(name: "Unit"), .init(name: "Protects"),
        ]
        return Content(
            "Configuration", says: "Read once when the hub starts. Change it where the hub is started.",
            [
                .facts([
                    Fact(name: "Address", value: .code(visit.facts.url)),
                    Fact(name: "Issuer", value: .code(visit.facts.issuer)),
                    Fact(name: "Store", value: .text(visit.facts.store)),
                ]).titled("This hub"),
                .table(TableView("Bounds", heads, bounds, empty: "")).titled("Bounds"),
            ])
    }
}
