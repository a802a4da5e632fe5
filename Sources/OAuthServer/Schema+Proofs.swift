import Storage

extension OAuthServer {
    /// What counts once, until when it is remembered. `token.asserted` tells that the client named the token's user by an
    /// assertion; `jkt` is the thumbprint of the key that a token (RFC 9449 §6), or what renews it (§5), is bound to.
    static let proofMigrations: [Migration] = [
        Migration(
            "oauth-004",
            [
                .createTable(
                    TableDefinition(
                        "used_once", [.text("purpose"), .text("owner"), .blob("hash"), .int("until")],
                        primaryKey: ["purpose", "owner", "hash"], indexes: [["until"]])),
                .addColumn(.int("asserted").standard(0), to: "token"),
                .addColumn(.text("jkt").optional, to: "token"),
                .addColumn(.text("jkt").optional, to: "refresh_family"),
            ])
    ]
}
