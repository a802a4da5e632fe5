import Documents
import Ports

extension OAuthTemplate {
    /// Reads the part `oauth` of a spoke file. Its addresses begin at the connection's URL: where a system is, and so
    /// where its tokens are got, no spoke says.
    static func read(_ source: MapReader, scopes: [String]) throws(DocumentProblem) -> OAuthTemplate {
        var map = source
        var endpoints: [String: String] = [:]
        for (member, setting) in members {
            guard let text = try map.optionalText(member) else { continue }
            guard text.hasPrefix("{connection.url}"), let template = Template(text),
                Set(template.inputs).isSubset(of: ["connection.url", "api_version"])
            else {
                throw map.mustBe(member, "\"{connection.url}\" and a path behind it, {api_version} where it belongs")
            }
            endpoints[setting] = text
        }
        let repeating = try map.word("refresh_repeat", as: RefreshRepeat.self)
        let grace = try map.members.contains { $0.key == "refresh_grace" } ? map.int("refresh_grace", 0...3_600) : 0
        var owner = OwnerSource.none
        var pointer = "/sub"
        if var inner = try map.optionalMap("owner") {
            owner = try inner.word("from", as: OwnerSource.self)
            pointer = try inner.pointer("at")
            try inner.end()
        }
        let template = OAuthTemplate(
            endpoints: endpoints, apiVersion: try map.optionalText("api_version") ?? "",
            offlineScope: try map.optionalText("offline_scope"), repeatIsSafe: repeating == .safe, graceSeconds: grace,
            owner: owner, ownerPointer: pointer, scopes: scopes)
        try map.end()
        return template
    }

    private enum RefreshRepeat: String, CaseIterable { case safe, ask }

    /// The members of the file, and the credential's settings that follow from them.
    private static let members = [
        ("authorize", "authorize_url"), ("token", "token_url"), ("revoke", "revoke_url"),
        ("userinfo", "userinfo_url"), ("introspect", "introspect_url"), ("issuer", "issuer"),
    ]
}
