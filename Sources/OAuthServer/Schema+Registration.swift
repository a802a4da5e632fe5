import Storage

extension OAuthServer {
    /// Clients that register themselves, and clients that are known by a document of theirs.
    ///
    /// `registration_token` lets clients register; `client_registration` keeps what the token of each such client allowed,
    /// because the token may be gone by then. `client_document.seen_at` is when the document was last looked at.
    static let registrationMigrations: [Migration] = [
        Migration(
            "oauth-012",
            [
                .createTable(
                    TableDefinition(
                        "registration_token",
                        [
                            .text("id"), .text("name"), .blob("hash"), .text("application"), .text("user_id"),
                            .text("scopes"), .text("grants"), .int("uses_left"), .int("made_at"), .int("until"),
                        ], primaryKey: ["id"], unique: [["name"], ["hash"]], indexes: [["until"]])),
                .createTable(
                    TableDefinition(
                        "client_registration",
                        [
                            .text("client_ref"), .blob("hash"), .text("user_id"), .text("scopes"), .text("grants"),
                            .text("method"),
                        ], primaryKey: ["client_ref"], unique: [["hash"]])),
                .createTable(
                    TableDefinition(
                        "client_document", [.text("client_ref"), .int("seen_at")], primaryKey: ["client_ref"],
                        indexes: [["seen_at"]])),
            ])
    ]
}
