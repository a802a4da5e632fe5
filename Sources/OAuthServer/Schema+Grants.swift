import Storage

extension OAuthServer {
    /// What a client may do beside its scopes, codes, and what people allowed.
    ///
    /// `refresh_family` has one row for each time that somebody allowed something, however often it was renewed since: the
    /// tokens of a family are revoked by its end. `token.family` names it; a token of a client's own has none.
    static let grantMigrations: [Migration] = [
        Migration(
            "oauth-002",
            [
                .addColumn(.text("settings").emptyByDefault, to: "client"),
                .addColumn(.text("family").optional, to: "token"),
                .createTable(
                    TableDefinition(
                        "authorization_code",
                        [
                            .blob("hash"), .text("client_ref"), .text("user_id"), .text("scopes"),
                            .text("redirect_uri"), .int("is_redirect_stated"), .text("challenge").optional,
                            .text("nonce").optional, .int("signed_in_at"), .int("expires_at"),
                            .text("family").optional,
                        ], primaryKey: ["hash"], indexes: [["expires_at"], ["client_ref"]])),
                .createTable(
                    TableDefinition(
                        "refresh_family",
                        [
                            .text("id"), .text("client_ref"), .text("user_id"), .text("scopes"), .int("epoch"),
                            .int("generation"), .int("issued_at"), .int("renewed_at"), .int("ends_at"),
                            .int("ended_at").optional,
                        ], primaryKey: ["id"], indexes: [["ends_at"], ["client_ref", "user_id"]])),
            ])
    ]
}
