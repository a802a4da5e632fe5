import Core

extension Noun {
    static let connections: Noun = Noun(
        name: "connection", title: "Connections", one: "connection", group: .outbound,
        says:
            "Where outside systems are, the credentials each uses, and the actions it enables. All others are refused.",
        columns: [
            Column("name", nil, .name), Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("credentials", nil, .references("credential")), Column("actions", "Actions", .count),
            Column("findings", nil, .made { findings($0.array?.count ?? 0) }),
        ],
        facts: [
            Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("aliases", "Used by", .references("alias")), Column("application"),
            Column("needs_approval", "Destructive actions", .made(approval)),
            Column("trust_roots", "Trusts instead of the system's", .code), Column("pins", "Pinned keys", .code),
            Column("proxy", "Through the proxy", .code), Column("proxy_user", "As"),
            Column("proxy_password", "Password there"), Column("name_resolved_by", "Host's name resolved by", .spoken),
            Column("circuit", "Circuit on this hub", .made { circuit($0) }),
        ],
        sublists: [
            Sublist(
                key: "credentials", title: "Credentials",
                columns: [
                    Column("name", nil, .reference("credential")), Column("kind", nil, .spoken), Column("order"),
                    Column("unusable", "Not used because", .spoken),
                ],
                empty: "It has no credential, so no call can leave through it.", adds: ["add-credential"],
                acts: [.init("remove-credential", "credential", from: "name")]),
            Sublist(
                key: "budget", title: "Calls left on this hub",
                columns: [
                    Column("bucket", "Of", .code), Column("remaining", "Left"), Column("limit", "Of at most"),
                    Column("resets_at", "Resets at"),
                ], isLeftOutEmpty: true),
            Sublist(
                key: "trusts", title: "Trusted authorities",
                columns: [Column("name", "Authority", .code), Column("expires_at", "Expires")], isLeftOutEmpty: true),
            Sublist(
                key: "actions", title: "Enabled actions", columns: [Column("name", "Action", .code)],
                empty: "It enables no action yet, so every call through it is refused. Choose the actions it needs.",
                adds: ["enable-action"], acts: [.init("disable-action", "action", from: "name")]),
        ],
        rarely: ["calls_per_minute", "trust_roots", "pins", "proxy", "proxy_user", "proxy_password"],
        labels: [
            "needs_approval": "Destructive actions need a second person's approval",
            "trust_roots": "Trusted authorities (PEM)", "pins": "Pinned keys",
            "system_roots": "Trust the system's again",
            "no_proxy": "Go straight there again", "url": "Base URL", "actions": "Enabled actions",
            "calls_per_minute": "Calls a minute at most", "allow_loopback_http": "Allow http to this machine",
        ],
        later: [
            "actions", "trust_roots", "system_roots", "pins", "proxy", "proxy_user", "proxy_password", "no_proxy",
            "calls_per_minute",
        ], unasked: ["credential"],
        blocks: { row, visit in
            guard visit.may("connection.drift") else { return [] }
            let last = try await visit.run("connection.drift", id: connections.id(of: row), ["look": false])
            let isByOAuth = (row["credentials"]?.array ?? []).contains { $0["kind"] == "oauth" }
            return DriftBlocks.setUp(last) + (isByOAuth ? DriftBlocks.of(last) : [])
        })

    private static func approval(_ value: JSON) -> Cell {
        .text(value.bool == true ? "only with a second person's approval" : "as all others")
    }

    private static func circuit(_ value: JSON) -> Cell {
        let until = value["until"]?.string ?? ""
        return switch value["state"]?.string {
        case "open": .badge(.bad, "open until \(until)")
        case "half_open": .badge(.warn, "one call tries it")
        default: .badge(.good, "closed")
        }
    }

    private static func findings(_ count: Int) -> Cell {
        count == 0 ? .badge(.good, "none") : .badge(.warn, "\(count)")
    }
}
