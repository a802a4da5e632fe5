import Core
import Ports

/// What a token endpoint answered, read leniently where it does no harm and strictly where tokens are.
enum TokenReply: Sendable {
    case granted(Granted)
    /// `retryAfter`: seconds, as the provider asked, 0 if it did not; `nonce`: what DPoP shall carry next.
    case refused(TokenFailure, retryAfter: Int64, nonce: String?)

    /// A token set, as it came.
    struct Granted: Sendable {
        let access: Secret
        let refresh: Secret?
        let isBound: Bool
        let endsIn: Int64?
        let refreshEndsIn: Int64?
        /// Nil where the provider says nothing, and then it is what was asked for (RFC 6749 §5.1).
        let scopes: [String]?

        /// RFC 9449 §5: where binding is wanted, a token without it is not taken. A rotated refresh token that came with it
        /// is lost: a provider that does not bind what was asked for is not to be gone on with.
        func lacksBinding(_ settings: OAuthSettings) -> Bool { settings.usesDPoP && !isBound }
    }

    static func read(_ reply: OutboundReply) -> TokenReply {
        let json = json(reply)
        // An error that comes with the status of success is an error all the same.
        if (200..<300).contains(reply.status), json?["error"] == nil, let granted = json.flatMap(granted) {
            return .granted(granted)
        }
        let answer = answer(reply, json)
        return .refused(
            TokenFailure.judge(answer), retryAfter: retryAfter(reply),
            nonce: answer.error == "use_dpop_nonce" ? reply.header("dpop-nonce") : nil)
    }

    /// What a judgement rests on, of a reply and its JSON.
    static func answer(_ reply: OutboundReply, _ json: JSON?) -> TokenAnswer {
        TokenAnswer(
            status: reply.status, body: kind(reply, json), error: json?["error"]?.string.flatMap(code),
            description: String((json?["error_description"]?.string ?? "").unicodeScalars.prefix(1_000)))
    }

    /// The body as JSON; nil when it is none, or too large.
    static func json(_ reply: OutboundReply) -> JSON? {
        guard reply.body.count <= Limits.tokenReplyBytes.value else { return nil }
        do { return try JSON.read(reply.body) } catch { return nil }
    }

    private static func kind(_ reply: OutboundReply, _ json: JSON?) -> TokenFailure.Body {
        if reply.body.isEmpty { return .none }
        if json?.object != nil { return .json }
        let start = reply.body.first { $0 > 0x20 }
        let type = reply.header("content-type")?.lowercased() ?? ""
        return type.hasPrefix("text/html") || start == UInt8(ascii: "<") ? .html : .other
    }

    private static func granted(_ json: JSON) -> Granted? {
        guard let access = json["access_token"]?.string, isToken(access) else { return nil }
        let refresh = json["refresh_token"]?.string
        if let refresh, !isToken(refresh) { return nil }
        return Granted(
            access: Secret(access), refresh: refresh.map { Secret($0) },
            isBound: json["token_type"]?.string?.lowercased() == "dpop", endsIn: seconds(json["expires_in"]),
            refreshEndsIn: seconds(json["refresh_token_expires_in"] ?? json["refresh_expires_in"]),
            scopes: json["scope"]?.string.map(scopes))
    }

    /// RFC 6749 §A.12: visible ASCII; it goes into a header and must not break out of it.
    private static func isToken(_ text: String) -> Bool {
        (1...Limits.tokenReplyBytes.value).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Spaces between them (RFC 6749 §3.3); some providers put commas.
    private static func scopes(_ text: String) -> [String] {
        let found = text.split { $0 == " " || $0 == "," }.map(String.init).filter(ScopeName.isToken)
        return Array(found.prefix(Limits.grantScopes.value))
    }

    /// A number, or digits in quotation marks as some write them; 0 and less say nothing.
    private static func seconds(_ json: JSON?) -> Int64? {
        let number = json?.int ?? json?.string.flatMap { Int64($0) }
        return number.flatMap { (1...315_360_000).contains($0) ? $0 : nil }
    }

    /// RFC 6749 §5.2: visible ASCII without quotation marks and backslashes; anything else is no code.
    private static func code(_ text: String) -> String? {
        text.utf8.count <= 100 && ScopeName.isToken(text) ? text : nil
    }

    private static func retryAfter(_ reply: OutboundReply) -> Int64 {
        let asked = reply.header("retry-after").flatMap { Int64($0) } ?? 0
        return min(max(asked, 0), Int64(Limits.putOffSeconds.value))
    }
}
