import Core

/// Where the answer to an authorization request goes, once the client and its redirect URI are known.
struct AnswerAddress: Sendable, Equatable {
    /// Registered for the client; with the port that was asked for where it is a loopback literal.
    let redirectURI: String
    /// Whether the request named it, so that the token request must too (RFC 6749 §4.1.3).
    let isStated: Bool
    /// What the client gets back byte for byte; nil where it sent none, or several.
    let state: String?
    var mode = ResponseMode.query

    /// RFC 6749 §4.1.2: the code, with the issuer (RFC 9207 §2).
    func location(code: Secret, issuer: String) -> Secret {
        code.reveal { Secret(location([("code", String(decoding: $0, as: UTF8.self))], issuer)) }
    }

    /// RFC 6749 §4.2.2: the token.
    func location(_ token: ImplicitToken, issuer: String) -> Secret { Secret(location(token.pairs, issuer)) }

    /// RFC 6749 §4.1.2.1, §4.2.2.1: why there is no code, or no token.
    func location(_ refusal: AuthorizationRefusal, issuer: String) -> Secret {
        Secret(
            location([("error", refusal.code.rawValue), ("error_description", refusal.description)], issuer))
    }

    /// RFC 6749 §3.1.2 (MUST): a query that the redirect URI has stays.
    private func location(_ answer: [(name: String, value: String)], _ issuer: String) -> String {
        let pairs = answer + (state.map { [("state", $0)] } ?? []) + [("iss", issuer)]
        let sign = mode == .fragment ? "#" : redirectURI.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return redirectURI + sign + PercentEncoding.query(pairs)
    }
}
