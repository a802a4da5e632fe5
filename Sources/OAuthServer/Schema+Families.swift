import Storage

extension OAuthServer {
    /// Refresh families that have not ended, those that go on longest first: all, by client and by user. `grant_type` is
    /// what began one, empty for those of before.
    static let familyListMigrations: [Migration] = [
        Migration(
            "oauth-014",
            [
                .addColumn(.text("grant_type").emptyByDefault, to: "refresh_family"),
                .createIndex(on: "refresh_family", ["ended_at", "ends_at", "id"]),
                .createIndex(on: "refresh_family", ["client_ref", "ended_at", "ends_at", "id"]),
                .createIndex(on: "refresh_family", ["user_id", "ended_at", "ends_at", "id"]),
                .dropIndex(on: "refresh_family", ["user_id"]),
            ])
    ]
}
