public import Core

/// Proves that a form was made for the session that sends it: derived from the session's secret, kept nowhere.
///
/// A page of another origin cannot read it, and it opens nothing by itself: the secret cannot be had from it.
public enum CSRFToken {
    /// base64url of the HMAC-SHA-256 of a fixed label under the session's secret; 43 characters.
    public static func of(session: Secret) -> String {
        Base64URL.encode(Hashing.hmacSHA256(Array("linchpin csrf v1".utf8), key: session))
    }

    /// Whether this is the session's token; takes the same time wherever the first difference lies.
    public static func matches(_ presented: String, session: Secret) -> Bool {
        Secret(presented).matches(Secret(of(session: session)))
    }
}
