import OAuthServer

extension DoctorCheck {
    static let legacyGrants = DoctorCheck(
        "legacy grants", none: "no client takes passwords, or tokens by the address",
        named: { try OAuthServer.clientsWithLegacyGrants(in: $0) },
        warn: { first, others in
            .warn(
                "Client \(first)\(others) may take people's passwords (password) or get tokens in the browser's address "
                    + "(implicit), where others can read them.",
                next: "Let it ask by code, then: linchpin client update \(first) --grant authorization_code")
        })
}
