import Core

/// The org as a page for people: who is in which state, the groups, and the calls of late. Reads only.
enum OrgPage {
    private static let rows = 25

    /// The page or its style sheet; nil for everything else, and for a call under another name than this machine's own,
    /// so that no page of another site can read it through a name that leads here.
    static func reply(to request: SandboxRequest, _ org: OktaOrg, at now: Timestamp) -> SandboxReply? {
        guard request.method == "GET" || request.method == "HEAD", isOwnName(request.header("host")) else { return nil }
        switch request.path {
        case "/":
            let number = QueryText.query(request.query)?.last { $0.name == "page" }.flatMap { Int($0.value) }
            return answer("text/html; charset=utf-8", page(org, number ?? 1, at: now).text)
        case "/org.css": return answer("text/css; charset=utf-8", OrgStyle.sheet)
        case "/favicon.ico": return SandboxReply(status: 204)
        default: return nil
        }
    }

    /// Whether a page of this machine's own name sent the request.
    static func isOwnOrigin(_ origin: String) -> Bool {
        origin.hasPrefix("http://") && isOwnName(String(origin.dropFirst("http://".count)))
    }

    static func isOwnName(_ host: String?) -> Bool {
        guard let host else { return false }
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1]"].contains(String(name))
    }

    private static func answer(_ type: String, _ text: String) -> SandboxReply {
        SandboxReply(
            status: 200,
            headers: [
                ("Content-Type", type),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
                ),
                ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
            ], body: Array(text.utf8))
    }

    private static func page(_ org: OktaOrg, _ number: Int, at now: Timestamp) -> HTML {
        let pages = max(1, (org.persons.count + rows - 1) / rows)
        let number = min(max(number, 1), pages)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Okta sandbox</title>
            <link rel="stylesheet" href="/org.css">
            </head>
            <body>
            <header>
            <h1>Okta sandbox</h1>
            <p>A simulated org at \(org.baseURL), as of \(now.platform) UTC. Reload to see it again. Everybody in it signs in \
            with the password <code>\(OktaOrg.trialPassword)</code>.</p>
            </header>
            <main>
            \(states(org))
            \(calls(org))
            \(AppTable.html(org))
            \(people(org, number, of: pages))
            \(groups(org))
            \(FaultPanel.html(org))
            </main>
            </body>
            </html>
            """
    }

    private static func states(_ org: OktaOrg) -> HTML {
        let counts = Person.Status.allCases.map { status in
            (status, org.persons.count { $0.status == status })
        }
        return """
            <section aria-labelledby="states">
            <h2 id="states">States</h2>
            <dl>
            \(HTML(counts.map { "<div><dt>\($0.0.rawValue)</dt><dd>\($0.1)</dd></div>\n" }))</dl>
            </section>
            """
    }

    private static func calls(_ org: OktaOrg) -> HTML {
        if org.calls.isEmpty {
            return """
                <section aria-labelledby="calls">
                <h2 id="calls">Recent calls</h2>
                <p>None yet.</p>
                </section>
                """
        }
        return table(
            "calls", "Recent calls", "The last \(org.calls.count), newest first.",
            ["Time (UTC)", "Call", "Answer"],
            org.calls.map { call in
                let answer: HTML =
                    call.status == 0 ? "none" : call.code.isEmpty ? "\(call.status)" : "\(call.status) \(call.code)"
                return """
                    <td>\(call.at.platform)</td><td class="long"><code>\(call.method) \(call.path)</code></td>\
                    <td>\(answer)</td>
                    """
            })
    }

    private static func people(_ org: OktaOrg, _ number: Int, of pages: Int) -> HTML {
        let shown = org.persons.dropFirst((number - 1) * rows).prefix(rows)
        let names = Dictionary(uniqueKeysWithValues: org.groups.map { ($0.id, $0.name) })
        let table = table(
            "people", "People", "\(org.persons.count) in all; page \(number) of \(pages).",
            ["Login", "Name", "State", "Groups", "Id"],
            shown.map { person in
                let groups = person.groupIDs.compactMap { names[$0] }.sorted().joined(separator: ", ")
                let name = ["firstName", "lastName"].compactMap { person.profile[$0]?.string }.joined(separator: " ")
                return """
                    <th scope="row">\(person.login)</th><td>\(name)</td><td>\(person.status.rawValue)</td>\
                    <td class="long">\(groups)</td><td><code>\(person.id)</code></td>
                    """
            })
        let links: [HTML] = (1...pages).map { page in
            page == number
                ? "<li><a href=\"/?page=\(page)#people\" aria-current=\"page\">\(page)</a></li>"
                : "<li><a href=\"/?page=\(page)#people\">\(page)</a></li>"
        }
        return pages == 1 ? table : "\(table)<nav aria-label=\"Pages of people\"><ul>\(HTML(links))</ul></nav>\n"
    }

    private static func groups(_ org: OktaOrg) -> HTML {
        table(
            "groups", "Groups", "Only groups of type OKTA_GROUP let anybody leave.",
            ["Name", "Type", "Members", "Id"],
            org.groups.map { group in
                let members = org.persons.count { $0.groupIDs.contains(group.id) }
                return """
                    <th scope="row">\(group.name)</th><td>\(group.kind.rawValue)</td><td>\(members)</td>\
                    <td><code>\(group.id)</code></td>
                    """
            })
    }

    /// A section with one table; the region can be scrolled by keyboard where it is wider than the page.
    static func table(
        _ id: String, _ title: String, _ caption: HTML, _ columns: [String], _ rows: [HTML]
    ) -> HTML {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(title)</h2>
        <div class="wide" role="group" aria-labelledby="\(id)" tabindex="0">
        <table>
        <caption>\(caption)</caption>
        <thead><tr>\(HTML(columns.map { "<th scope=\"col\">\($0)</th>" }))</tr></thead>
        <tbody>
        \(HTML(rows.map { "<tr>\($0)</tr>\n" }))</tbody>
        </table>
        </div>
        </section>

        """
    }
}
