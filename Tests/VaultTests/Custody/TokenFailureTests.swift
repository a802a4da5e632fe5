import Core
import Ports
import Testing

@testable import Vault

struct FaultRow: Sendable, CustomTestStringConvertible {
    let status: Int
    let error: String?
    let body: String
    let says: String
    let code: String
    let meaning: TokenFailure.Meaning
    var testDescription: String { "\(status) \(error ?? body.prefix(12).description) \(says)" }

    init(
        _ status: Int, _ error: String?, says: String = "", body: String? = nil, _ code: String,
        _ meaning: TokenFailure.Meaning
    ) {
        self.status = status
        self.error = error
        self.says = says
        self.body = body ?? error.map { "{\"error\":\"\($0)\",\"error_description\":\"\(says)\"}" } ?? ""
        self.code = code
        self.meaning = meaning
    }
}

/// The fault catalogue: what providers are known to answer, and what it means. The sentences are theirs.
private let faults = [
    FaultRow(400, "invalid_grant", says: "The refresh token is invalid or expired.", "grant_revoked", .dead),
    FaultRow(401, "invalid_grant", "grant_revoked", .dead),
    FaultRow(
        429, "invalid_grant", says: "API call exceeded rate limit due to too many requests.", "rate_limited_as_grant",
        .later),
    FaultRow(429, "too_many_requests", "rate_limited", .later),
    FaultRow(429, nil, body: "<html>slow down</html>", "rate_limited", .later),
    FaultRow(400, "slow_down", "rate_limited_by_error", .later),
    FaultRow(400, "invalid_grant", says: "PKCE verification failed.", "code_verifier_refused", .setUp),
    FaultRow(
        400, "invalid_grant", says: "The 'redirect_uri' does not match the redirection URI", "redirect_refused", .setUp),
    FaultRow(400, "invalid_grant", says: "The user account is deactivated", "owner_gone", .dead),
    FaultRow(400, "invalid_grant", says: "User is not assigned to the client application.", "owner_gone", .dead),
    FaultRow(400, "invalid_grant", says: "The assertion expired", "assertion_clock", .clock),
    FaultRow(
        400, "consent_required", says: "You are not allowed any of the requested scopes.", "consent_withdrawn", .dead),
    FaultRow(400, "login_required", "sign_in_required", .dead),
    FaultRow(400, "interaction_required", "sign_in_required", .dead),
    FaultRow(401, "invalid_token", says: "The token has expired.", "token_refused_as_grant", .dead),
    FaultRow(
        400, "access_denied",
        says:
            "Some of the scopes requested for the refresh request were not granted in the original authorize request.",
        "scope_not_granted", .scope),
    FaultRow(400, "invalid_scope", says: "The requested scope is invalid, unknown, malformed", "scope_refused", .scope),
    FaultRow(403, "insufficient_scope", "scope_refused", .scope),
    FaultRow(400, "invalid_target", "audience_refused", .setUp),
    FaultRow(
        401, "invalid_client", says: "The client secret supplied for a confidential client is invalid.",
        "client_refused", .client),
    FaultRow(401, "invalid_client", says: "Invalid value for 'client_id' parameter.", "client_refused", .client),
    FaultRow(
        401, "invalid_client",
        says:
            "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.",
        "client_method_refused", .client),
    FaultRow(401, "invalid_client", says: "The client_assertion token is expired.", "client_clock", .clock),
    FaultRow(401, "invalid_client", says: "The client_assertion was issued in the future.", "client_clock", .clock),
    FaultRow(401, "invalid_client", says: "The client_assertion signature is invalid.", "client_key_refused", .client),
    FaultRow(400, "unauthorized_client", "client_not_allowed", .setUp),
    FaultRow(400, "unsupported_grant_type", "grant_type_off", .setUp),
    FaultRow(
        400, "invalid_dpop_proof", says: "The DPoP proof was issued more than five minutes in the past.", "proof_clock",
        .clock),
    FaultRow(400, "invalid_dpop_proof", says: "The DPoP proof JWT header is missing.", "proof_missing", .setUp),
    FaultRow(400, "invalid_dpop_proof", says: "The signature does not fit.", "proof_refused", .setUp),
    FaultRow(400, "use_dpop_nonce", says: "Authorization server requires nonce in DPoP proof.", "nonce_again", .later),
    FaultRow(400, "invalid_request", says: "The client_assertion_type is invalid.", "request_malformed", .setUp),
    FaultRow(400, "server_error", "server_error_by_error", .later),
    FaultRow(400, "temporarily_unavailable", "unavailable_by_error", .later),
    FaultRow(400, "something_of_our_own", "error_unknown", .setUp),
    FaultRow(403, nil, body: "<!doctype html><title>Blocked</title>", "refused_by_firewall", .setUp),
    FaultRow(401, nil, "refused_without_body", .setUp),
    FaultRow(400, nil, body: "nope", "refused_without_body", .setUp),
    FaultRow(302, nil, "endpoint_moved", .setUp),
    FaultRow(404, nil, body: "<html></html>", "endpoint_missing", .setUp),
    FaultRow(405, nil, "endpoint_refuses_post", .setUp),
    FaultRow(407, nil, "proxy_refused", .setUp),
    FaultRow(408, nil, "endpoint_timeout", .later),
    FaultRow(410, nil, "endpoint_gone", .setUp),
    FaultRow(413, nil, "request_too_large", .setUp),
    FaultRow(415, nil, "form_refused", .setUp),
    FaultRow(421, nil, "misdirected", .later),
    FaultRow(451, nil, "forbidden_by_law", .setUp),
    FaultRow(418, nil, "refused_unexplained", .setUp),
    FaultRow(500, nil, body: "<html></html>", "server_error", .lost),
    FaultRow(501, nil, "not_built", .setUp),
    FaultRow(502, nil, body: "<html></html>", "gateway_lost", .lost),
    FaultRow(503, nil, "provider_unavailable", .later),
    FaultRow(504, nil, "gateway_lost", .lost),
    FaultRow(200, nil, body: "<html>Sign in to the wifi</html>", "answer_is_a_page", .lost),
    FaultRow(200, nil, body: "{}", "answer_without_token", .lost),
    FaultRow(200, nil, body: "{\"access_token\":\"a b\"}", "answer_without_token", .lost),
    FaultRow(200, nil, body: "access_token=abc", "answer_not_json", .lost),
    FaultRow(200, nil, "answer_not_json", .lost),
    FaultRow(200, "bad_refresh_token", "grant_ended_with_200", .dead),
    FaultRow(200, "bad_verification_code", "code_refused_with_200", .dead),
    FaultRow(200, "incorrect_client_credentials", "client_refused_with_200", .client),
    FaultRow(200, "invalid_scope", "scope_refused_with_200", .scope),
    FaultRow(200, "temporarily_unavailable", "unavailable_by_error", .later),
    FaultRow(200, "whatever", "error_with_200", .setUp),
]

struct TokenFailureTests {
    @Test("each fault has its code and its meaning", arguments: faults)
    func fault(row: FaultRow) {
        let reply = OutboundReply(status: row.status, headers: [], body: Array(row.body.utf8))
        guard case .refused(let failure, _, _) = TokenReply.read(reply) else {
            Issue.record("it passed")
            return
        }
        #expect(failure.code == row.code && failure.meaning == row.meaning, "\(failure.code) \(failure.meaning)")
    }

    @Test(
        "each lack of an answer has its code",
        arguments: [
            ("host_not_found", true, "host_not_found"), ("unreachable", true, "unreachable"),
            ("tls_failed", true, "tls_failed"), ("address_forbidden", true, "address_refused"),
            ("plain_http", true, "address_refused"), ("outbound_busy", true, "not_sent"),
            ("anything", true, "not_sent"), ("timed_out", false, "answer_late"),
            ("connection_broken", false, "answer_broken"), ("reply_too_large", false, "answer_too_large"),
            ("anything", false, "answer_broken"),
        ])
    func noAnswer(reason: String, isUnsent: Bool, code: String) {
        let failure = TokenFailure.judge(
            isUnsent ? .notSent(reason: reason, says: "") : OutboundFailure.unknown(reason: reason, says: ""))
        #expect(failure.code == code)
        #expect((failure.meaning == .lost) == !isUnsent)
    }

    @Test("the table has a fault for each row, codes come once, and each says what to do")
    func table() {
        let codes = TokenFailure.all.map(\.code)
        #expect(Set(codes).count == codes.count && codes.count >= 60)
        let told = Set(faults.map(\.code))
        for row in TokenFailure.all {
            #expect(!row.says.isEmpty && row.says.hasSuffix(".") && row.next.hasSuffix("."), "\(row.code)")
            #expect(told.contains(row.code) || !row.failures.isEmpty, "no fault reaches \(row.code)")
        }
    }

    @Test(
        "a token set as providers write it",
        arguments: [
            (#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":"x y"}"#, 3_600, ["x", "y"]),
            (#"{"access_token":"a","expires_in":"60","scope":"x,y"}"#, 60, ["x", "y"]),
            (#"{"access_token":"a","expires_in":0}"#, nil, nil), (#"{"access_token":"a","expires_in":-5}"#, nil, nil),
            (#"{"access_token":"a","scope":""}"#, nil, []), (#"{"access_token":"a","scope":"x \"y"}"#, nil, ["x"]),
        ] as [(String, Int64?, [String]?)])
    func granted(body: String, endsIn: Int64?, scopes: [String]?) {
        let reply = OutboundReply(status: 200, headers: [], body: Array(body.utf8))
        guard case .granted(let granted) = TokenReply.read(reply) else {
            Issue.record("refused")
            return
        }
        #expect(granted.endsIn == endsIn && granted.scopes == scopes && granted.refresh == nil)
    }
}
