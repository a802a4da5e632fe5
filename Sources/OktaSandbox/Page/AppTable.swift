/// The applications that speak OAuth, and what was granted to them.
enum AppTable {
    static func html(_ org: OktaOrg) -> HTML {
        guard !org.apps.isEmpty else { return "" }
        return OrgPage.table(
            "apps", "Applications", "The client id is the application's id.",
            ["Name", "Type", "Status", "Granted scopes", "Client id"],
            org.apps.map { app in
                let scopes = app.grants.map(\.scope).joined(separator: " ")
                return """
                    <th scope="row">\(app.label)</th><td>\(app.client?.kind.rawValue ?? app.signOnMode)</td>\
                    <td>\(app.status.rawValue)</td><td><code>\(scopes)</code></td><td><code>\(app.id)</code></td>
                    """
            })
    }
}
