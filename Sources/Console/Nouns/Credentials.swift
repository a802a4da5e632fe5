import Core
import Ports

extension Noun {
    static let credentials: Noun = Noun(
        name: "credential", title: "Credentials", one: "credential", group: .outbound,
        says: "Sealed secrets for outside systems. A secret is never shown again; it leaves only at the socket.",
        columns: [
            Column("name", nil, .name), Column("kind", nil, .spoken), Column("active", "State", .active),
            Column("expires_at", "Expires"), Column("order"), Column("updated_at", "Changed"),
        ],
        facts: [
            Column("kind", nil, .spoken), Column("secret"), Column("expires_at", "Expires"),
            Column("order"), Column("used_by", nil, .references("connection")),
            Column("aliases", nil, .references("alias")), Column("applies_to", "Only for the hubs"),
            Column("rests_until", "Rests until"), Column("max_age_days", "Rotate after (days)"),
            Column("rotate_by", "Rotate by"),
            Column("rotate_through", "Rotates by itself through", .references("connection")),
            Column("application"), Column("settings", nil, .code),
        ],
        hides: ["rotation"], rarely: ["applies_to", "rests_until", "max_age_days", "rotate_by", "rotate_through"],
        labels: [
            "expires_at": "Expires", "max_age_days": "Rotate after (days)", "switch": "Switch to the successor",
            "go-back": "Go back to the old secret", "retire": "Retire the old secret",
            "rotate": "Rotate at the provider", "settings.grant": "Token by",
            "settings.client_id": "Client ID",
            "settings.client_auth": "Client proves itself by", "settings.url": "Provider's URL",
            "settings.expected_owner": "Expected account", "settings.api_version": "API version",
            "settings.allow_loopback_http": "Allow http to this machine", "settings.authorize_url": "Authorize URL",
            "settings.token_url": "Token URL", "settings.revoke_url": "Revoke URL",
            "settings.userinfo_url": "Userinfo URL", "settings.introspect_url": "Introspect URL",
            "settings.pkce": "PKCE", "settings.dpop": "DPoP", "settings.owner_from": "Account is read from",
            "settings.owner_pointer": "Pointer to the account", "settings.key_id": "Key ID", "key_id": "Key ID",
        ],
        offered: [
            "authorize": ("kind", []), "finish": ("kind", []), "grant": ("kind", []), "refresh": ("kind", ["oauth"]),
            "revoke": ("kind", ["oauth"]), "add-successor": ("rotation/stage", ["idle"]),
            "test-successor": ("rotation/stage", ["added", "tested"]),
            "switch": ("rotation/stage", ["added", "tested"]),
            "go-back": ("rotation/stage", ["switched"]), "rotate": ("kind", ["oauth"]),
            "retire": ("rotation/stage", ["switched"]),
            "drop-successor": ("rotation/stage", ["added", "tested"]),
        ],
        leadsOn: { row, visit in
            guard row["kind"] == "oauth", visit.may("credential.authorize"), needsConsent(row) else { return [] }
            return [
                Link(
                    "Configure and get OAuth token", credentials.page(credentials.id(of: row), "authorize"),
                    weight: "main")
            ]
        },
        blocks: { row, visit in
            let rotation = rotationBlocks(of: row["rotation"] ?? .null)
            guard row["kind"] == "oauth", visit.may("credential.grant") else { return rotation }
            return rotation + blocks(of: try await visit.run("credential.grant", id: credentials.id(of: row)))
        })

    private static let stages: [String: Tone] = ["added": .busy, "tested": .good, "switched": .good]

    /// The secret in use and the one beside it, and what a person does at the provider.
    private static func rotationBlocks(of rotation: JSON) -> [Block] {
        var columns = [Column("in_use", "In use")]
        if rotation["stage"] != "idle" {
            columns += [
                Column("stage", "Successor", .word(stages)),
                Column("other", rotation["stage"] == "switched" ? "Before it" : "Successor sealed"),
                Column("other_expires_at", "That one expires"), Column("other_key_id", "That one's key ID"),
                Column("tested_at", "Tested"),
                Column("switched_at", "Switched"),
            ]
        }
        columns.append(Column("goes_on_at", "Goes on by itself"))
        columns.append(Column("guide", "At the provider", .made(Show.sentences)))
        let facts = columns.filter { rotation[$0.key] != nil && rotation[$0.key] != .null && rotation[$0.key] != [] }
            .map { Fact(name: $0.name, value: $0.show.cell(rotation[$0.key], of: nil, in: rotation)) }
        return [Block.facts(facts).titled("Rotation")]
    }

    private static func needsConsent(_ row: JSON) -> Bool {
        (row["settings"]?["grant"]?.string ?? "authorization_code") == "authorization_code"
    }

    private static let grantStates: [String: Tone] = [
        "none": .plain, "held": .good, "in_doubt": .warn, "dead": .bad,
    ]

    /// What the provider grants, until when, and what to do about it.
    private static func blocks(of grant: JSON) -> [Block] {
        let columns = [
            Column("state", nil, .word(grantStates)), Column("owner", "Account"),
            Column("owner_proof", "Account is", .word(["proved": .good, "not_proved": .warn, "none": .plain])),
            Column("expected_owner", "Expected account"), Column("scopes", "Scopes granted", .code),
            Column("scopes_lacking", "Scopes wanted and not granted", .code), Column("issued_at", "Token issued"),
            Column("ends_as_stated", "Token ends, as stated"), Column("ends_as_observed", "Token ends, as observed"),
            Column("renewed_at", "Renewed at"), Column("refresh_token_ends", "Refresh token ends"),
            Column("refusal", "Last refusal", .code), Column("refused_at", "Refused at"),
        ]
        let facts = columns.filter { grant[$0.key] != nil && grant[$0.key] != .null }.map {
            Fact(name: $0.name, value: $0.show.cell(grant[$0.key], of: nil, in: grant))
        }
        let found = (grant["findings"]?.array ?? []).map {
            Finding(tone: .warn, word: "finding", sentence: $0["says"]?.string ?? "")
        }
        return (found.isEmpty ? [] : [Block.findings(found, empty: "").titled("Findings")])
            + [Block.facts(facts).titled("Token")]
    }
}
