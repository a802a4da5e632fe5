import Storage

extension OAuthServer {
    /// Nobody holds the built-in scope `useraccount` because a scope of before had its name.
    static let userAccountMigrations: [Migration] = [
        Migration(
            "oauth-015",
            [
                .data("DELETE FROM client_scope WHERE scope = 'useraccount'"),
                .data("DELETE FROM registration_token WHERE ' ' || scopes || ' ' LIKE '% useraccount %'"),
                .data("DELETE FROM client_registration WHERE ' ' || scopes || ' ' LIKE '% useraccount %'"),
            ])
    ]
}
