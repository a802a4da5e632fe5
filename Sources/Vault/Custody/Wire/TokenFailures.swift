/// Every way in which a token endpoint is known to fail, the more special before the more general. The reference page
/// `token-failures.md` is made of it, and a test takes it row by row.
extension TokenFailure {
    private static let consent = "Ask for a new consent: linchpin credential authorize NAME."
    static let seal = "Seal its present secret: linchpin credential update NAME --secret."
    private static let look = "Look at the credential's settings: linchpin credential get NAME."

    static let notSent = TokenFailure(
        "not_sent", [], nil, failures: ["not_sent", "outbound_busy", "script_ended"], .later,
        "The request could not leave the hub.", next: "Wait; if it stays so, look at the hub's log.")
    static let broken = TokenFailure(
        "answer_broken", [], nil, failures: ["connection_broken"], .lost,
        "The connection broke before the provider's answer was complete.",
        next:
            "Wait; where repeating is not safe, decide: linchpin credential refresh NAME --in-doubt, or a new consent.")
    static let unexplained = TokenFailure(
        "refused_unexplained", [0...999], nil, .setUp, "The provider refused and did not say why.", next: look)

    /// In the order in which they are tried.
    public static let all: [TokenFailure] =
        waiting + dressed + grants + scopes + clients + proofs + requests + places + servers + answers + roads
        + [unexplained]

    /// Rate limits, however they are dressed: nothing was used up.
    private static let waiting: [TokenFailure] = [
        TokenFailure(
            "rate_limited_as_grant", [429...429], ["invalid_grant"], .later,
            "The provider limits how often tokens are fetched, and says so with the error of an ended grant. "
                + "The grant is well.", next: "Wait; fewer hubs or credentials for one account help."),
        TokenFailure(
            "rate_limited", [429...429], nil, .later, "The provider limits how often tokens are fetched.",
            next: "Wait; fewer hubs or credentials for one account help."),
        TokenFailure(
            "rate_limited_by_error", [400...499], ["slow_down", "rate_limit_exceeded", "too_many_requests"], .later,
            "The provider limits how often tokens are fetched.", next: "Wait."),
        TokenFailure(
            "unavailable_by_error", [200...499], ["temporarily_unavailable"], .later,
            "The provider says that it is out of order for a while.", next: "Wait."),
    ]

    /// Errors that come with the status of success.
    private static let dressed: [TokenFailure] = [
        TokenFailure(
            "grant_ended_with_200", [200...299], ["invalid_grant", "bad_refresh_token", "token_revoked"], .dead,
            "The provider no longer takes the refresh token, and says so with the status of success.", next: consent),
        TokenFailure(
            "code_refused_with_200", [200...299], ["bad_verification_code"], .dead,
            "The provider does not take the authorization code.", next: consent),
        TokenFailure(
            "client_refused_with_200", [200...299],
            ["invalid_client", "incorrect_client_credentials", "invalid_client_id"], .client,
            "The provider refuses the client, and says so with the status of success.",
            next: seal),
        TokenFailure(
            "scope_refused_with_200", [200...299], ["invalid_scope", "access_denied"], .scope,
            "The provider refuses the scopes, and says so with the status of success.",
            next: "Compare the credential's scopes with what the provider grants to the client."),
        TokenFailure(
            "error_with_200", [200...299], [anyError], bodies: [.json], .setUp,
            "The provider refused, and says so with the status of success.", next: look),
    ]

    /// The grant itself.
    private static let grants: [TokenFailure] = [
        TokenFailure(
            "code_verifier_refused", [400...401], ["invalid_grant"], words: ["pkce", "code_verifier", "code verifier"],
            .setUp, "The provider did not find the proof key that belongs to the authorization code.",
            next: "Ask for a new consent; if it comes again, switch `pkce` as the provider wants it."),
        TokenFailure(
            "redirect_refused", [400...401], ["invalid_grant", "invalid_request"],
            words: ["redirect_uri", "redirect uri"], .setUp,
            "The provider knows another redirect address for the client.",
            next: "Register the hub's address /oauth_redirect.do at the provider, to the letter."),
        TokenFailure(
            "owner_gone", [400...403], ["invalid_grant"],
            words: ["deactivated", "suspended", "inactive", "disabled", "locked", "user not found", "not assigned"],
            .dead, "The account that consented is switched off, locked, or no longer assigned to the application.",
            next: "Switch the account on or assign it, then ask for a new consent: linchpin credential authorize NAME."),
        TokenFailure(
            "assertion_clock", [400...401], ["invalid_grant"],
            words: ["assertion expired", "assertion has expired", "issued in the future", "not yet valid"], .clock,
            "The provider finds the assertion too old or too new, so its clock and the hub's differ.",
            next: "Set the hub's clock by NTP."),
        TokenFailure(
            "grant_revoked", [400...403], ["invalid_grant"], .dead,
            "The provider no longer takes the refresh token: it ended, was revoked, or was used twice.",
            next: consent),
        TokenFailure(
            "consent_withdrawn", [400...403], ["consent_required"], .dead,
            "The provider grants the client none of the scopes any more.",
            next: "Grant the scopes to the application at the provider, then ask for a new consent."),
        TokenFailure(
            "sign_in_required", [400...403],
            ["interaction_required", "login_required", "account_selection_required", "mfa_required"], .dead,
            "The provider wants the account to sign in again.", next: consent),
        TokenFailure(
            "token_refused_as_grant", [400...401], ["invalid_token", "expired_token", "bad_refresh_token"], .dead,
            "The provider calls the refresh token invalid or expired.", next: consent),
    ]

    private static let scopes: [TokenFailure] = [
        TokenFailure(
            "scope_not_granted", [400...403], ["access_denied"], .scope,
            "The provider no longer grants a scope that the first consent brought.",
            next: "Compare the credential's scopes with what the provider grants; remove one, or grant it again there."),
        TokenFailure(
            "scope_refused", [400...403], ["invalid_scope", "insufficient_scope"], .scope,
            "The provider does not know a scope, or grants less than is asked for.",
            next: "Compare the credential's scopes with what the provider grants; remove one, or grant it again there."),
        TokenFailure(
            "audience_refused", [400...403], ["invalid_target", "invalid_resource"], .setUp,
            "The provider does not issue tokens for this audience.", next: "Correct the credential's `audience`."),
    ]

    private static let clients: [TokenFailure] = [
        TokenFailure(
            "client_clock", [400...401], ["invalid_client"],
            words: ["expired", "in the future", "issued at", "'iat'", "'exp'", "too far"], .clock,
            "The provider finds the client's assertion too old or too new, so its clock and the hub's differ.",
            next: "Set the hub's clock by NTP."),
        TokenFailure(
            "client_key_refused", [400...401], ["invalid_client"],
            words: ["signature", "kid", "jwks", "public key", "alg"], .client,
            "The provider knows another key for the client, or none.",
            next: "Register the credential's public key at the provider."),
        TokenFailure(
            "client_method_refused", [400...401], ["invalid_client"],
            words: ["authentication method", "token_endpoint_auth_method", "client authentication"], .client,
            "The provider wants the client to authenticate in another way.",
            next: "Set the credential's `client_auth` to the way that is registered at the provider."),
        TokenFailure(
            "client_refused", [400...403], ["invalid_client"], .client,
            "The provider refuses the client: its secret was changed there, or the application was deleted or switched off.",
            next: seal),
        TokenFailure(
            "client_not_allowed", [400...403], ["unauthorized_client"], .setUp,
            "The provider does not let this client use this grant type.",
            next: "Switch the grant type on for the application at the provider."),
        TokenFailure(
            "grant_type_off", [400...403], ["unsupported_grant_type"], .setUp,
            "The provider does not offer this grant type at this address.",
            next: "Switch the grant type on at the provider, or correct the token URL."),
    ]

    /// DPoP (RFC 9449 §5, §8).
    private static let proofs: [TokenFailure] = [
        TokenFailure(
            "proof_clock", [400...401], ["invalid_dpop_proof"], words: ["past", "expired", "future", "iat"], .clock,
            "The provider finds the proof of possession too old or too new, so its clock and the hub's differ.",
            next: "Set the hub's clock by NTP."),
        TokenFailure(
            "proof_missing", [400...401], ["invalid_dpop_proof", "invalid_request"], words: ["dpop"], .setUp,
            "The provider wants a proof of possession (DPoP), or wants it otherwise.",
            next: "Set the credential's `dpop` to true, or switch DPoP off for the application at the provider."),
        TokenFailure(
            "proof_refused", [400...401], ["invalid_dpop_proof"], .setUp,
            "The provider does not take the proof of possession (DPoP).",
            next: "Ask for a new consent, so that a new key is bound."),
        TokenFailure(
            "nonce_again", [400...401], ["use_dpop_nonce"], .later,
            "The provider asks for one nonce after the other.", next: "Wait."),
    ]

    private static let requests: [TokenFailure] = [
        TokenFailure(
            "request_malformed", [400...400], ["invalid_request"], .setUp,
            "The provider finds the request malformed: it wants something that the settings lack.", next: look),
        TokenFailure(
            "server_error_by_error", [400...499], ["server_error"], .later,
            "The provider has an error of its own.", next: "Wait."),
        TokenFailure(
            "error_unknown", [400...403], nil, bodies: [.json], .setUp,
            "The provider refused with an error that no standard knows.", next: look),
        TokenFailure(
            "refused_by_firewall", [400...403, 406...406], nil, bodies: [.html], .setUp,
            "Something before the provider refused, with a page for browsers: a firewall, or a network rule.",
            next: "Allow the hub's outgoing address at the provider."),
        TokenFailure(
            "refused_without_body", [400...403], nil, bodies: [.none, .other], .setUp,
            "The provider refused and did not say why.", next: look),
    ]

    /// The address is not that of a token endpoint, or no longer.
    private static let places: [TokenFailure] = [
        TokenFailure(
            "endpoint_moved", [300...399], nil, .setUp, "The token URL answers with a redirect, and none is followed.",
            next: "Set the credential's `token_url` to where it leads."),
        TokenFailure(
            "endpoint_missing", [404...404], nil, .setUp,
            "There is nothing at the token URL: it is wrong, or the provider's tenant was deleted.",
            next: "Correct the credential's `token_url`."),
        TokenFailure(
            "endpoint_refuses_post", [405...405], nil, .setUp, "The token URL takes no POST, so it is another page.",
            next: "Correct the credential's `token_url`."),
        TokenFailure(
            "endpoint_timeout", [408...408, 425...425], nil, .later, "The provider did not wait for the request.",
            next: "Wait."),
        TokenFailure(
            "endpoint_gone", [410...410], nil, .setUp, "The provider took the token URL out of service.",
            next: "Correct the credential's `token_url`."),
        TokenFailure(
            "request_too_large", [413...414, 431...431], nil, .setUp,
            "The provider finds the request too large: too many scopes, or a long assertion.",
            next: "Remove scopes from the credential."),
        TokenFailure(
            "form_refused", [415...415], nil, .setUp, "The token URL takes no forms, so it is no OAuth endpoint.",
            next: "Correct the credential's `token_url`."),
        TokenFailure(
            "proxy_refused", [407...407, 511...511], nil, .setUp,
            "A proxy before the provider wants a sign-in.", next: "Let the hub reach the provider directly."),
        TokenFailure(
            "forbidden_by_law", [451...451], nil, .setUp, "The provider refuses for legal reasons.",
            next: "Ask the provider."),
        TokenFailure(
            "misdirected", [421...421], nil, .later, "The provider's servers mixed up whom the request is for.",
            next: "Wait."),
    ]

    private static let servers: [TokenFailure] = [
        TokenFailure(
            "not_built", [501...501], nil, .setUp, "The token URL does not do this.",
            next: "Correct the credential's `token_url`."),
        // RFC 9110 §15.6.4: the server is not able to handle the request, so nothing was used up.
        TokenFailure("provider_unavailable", [503...503], nil, .later, "The provider is out of order.", next: "Wait."),
        TokenFailure(
            "gateway_lost", [502...502, 504...504, 520...524], nil, .lost,
            "A gateway before the provider lost the answer.",
            next: "Wait; where repeating is not safe, decide: linchpin credential refresh NAME --in-doubt, or a new "
                + "consent."),
        TokenFailure(
            "server_error", [500...599], nil, .lost,
            "The provider broke while it worked on the request, and what it did is not known.",
            next: "Wait; where repeating is not safe, decide: linchpin credential refresh NAME --in-doubt, or a new "
                + "consent."),
    ]

    /// The status says success, and there is no token set.
    private static let answers: [TokenFailure] = [
        TokenFailure(
            "answer_is_a_page", [200...299], nil, bodies: [.html], .lost,
            "The token URL answers with a page for browsers: a sign-in page, or a proxy's.",
            next: "Correct the credential's `token_url`."),
        TokenFailure(
            "answer_without_token", [200...299], nil, bodies: [.json], .lost,
            "The provider answers success without an access token.", next: look),
        TokenFailure(
            "answer_not_json", [200...299], nil, .lost,
            "The provider answers success with something other than JSON.", next: look),
    ]

    /// There was no answer.
    private static let roads: [TokenFailure] = [
        TokenFailure(
            "host_not_found", [], nil, failures: ["host_not_found"], .later,
            "The host of the token URL has no address.", next: "Check the token URL and the DNS."),
        TokenFailure(
            "unreachable", [], nil, failures: ["unreachable"], .later, "The host of the token URL can't be reached.",
            next: "Check the network; then wait."),
        TokenFailure(
            "tls_failed", [], nil, failures: ["tls_failed"], .later,
            "The TLS handshake with the provider failed: its certificate is not trusted, or a proxy is between.",
            next: "Check the token URL and the network."),
        TokenFailure(
            "address_refused", [], nil, failures: ["address_forbidden", "plain_http", "url_invalid", "header_unfit"],
            .setUp, "The token URL leads to an address that the hub may not connect to.",
            next: "Correct the credential's `token_url`."),
        notSent,
        stalled, noScopeLeft, notBound, lostWithHub,
        TokenFailure(
            "answer_late", [], nil, failures: ["timed_out"], .lost, "The provider's answer did not come in time.",
            next: "Wait; where repeating is not safe, decide: linchpin credential refresh NAME --in-doubt, or a new "
                + "consent."),
        TokenFailure(
            "answer_too_large", [], nil, failures: ["reply_too_large"], .lost,
            "The provider's answer is larger than the hub takes.", next: "Correct the credential's `token_url`."),
        broken,
    ]
}
