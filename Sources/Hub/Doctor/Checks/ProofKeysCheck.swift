import OAuthServer

extension DoctorCheck {
    static let proofKeys = DoctorCheck(
        "proof keys", none: "no client may leave the proof key out",
        named: { try OAuthServer.clientsWithoutPKCE(in: $0) },
        warn: { first, others in
            .warn(
                "Client \(first)\(others) may ask for codes without a proof key, so whoever steals a code can use it.",
                next: "Let it send code_challenge, then: linchpin client update \(first) --without-pkce false")
        })
}
