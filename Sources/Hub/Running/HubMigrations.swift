import Storage

/// Changes of a store's rows that need tables of several features.
enum HubMigrations {
    static let all: [Migration] = [
        // A hub that had connections before spokes were activated goes on as it was.
        Migration(
            "hub-001",
            [
                .data(
                    """
                    INSERT INTO spoke (name, application, active, created_at, updated_at)
                    SELECT spoke, 'global', 1, MIN(created_at), MIN(created_at) FROM connection GROUP BY spoke
                    """)
            ])
    ]
}
