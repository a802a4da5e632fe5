import Core

extension ClientAuthenticationMethod {
    /// HTTP Basic with the client id as user and the secret as password.
    ///
    /// RFC 6749 §2.3.1 (MUST): both are form-urlencoded before they are joined by `:` and base64-encoded.
    static let clientSecretBasic = ClientAuthenticationMethod(name: "client_secret_basic") { authorization, _ in
        guard let header = authorization.first else { return .absent }
        // RFC 9110 §11.1: the scheme is case-insensitive.
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let joined = Base64.decode(parts[1].drop { $0 == " " }.utf8),
            let colon = joined.firstIndex(of: UInt8(ascii: ":"))
        else { return .unreadable }
        do {
            let clientID = try FormParameters.decoded(joined[..<colon])
            let secret = try FormParameters.decoded(joined[(colon + 1)...])
            guard !clientID.isEmpty, !secret.isEmpty else { return .unreadable }
            return .presented(clientID: clientID, secret: Secret(secret))
        } catch {
            return .unreadable
        }
    }
}

/// Base64 (RFC 4648 §4), strict: padding where it belongs, no other character, unused bits zero.
enum Base64 {
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let body = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.count - body.count
        guard padding <= 2, text.dropFirst(body.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        var urlSafe: [UInt8] = []
        for character in body {
            switch character {
            case UInt8(ascii: "+"): urlSafe.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): urlSafe.append(UInt8(ascii: "_"))
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: urlSafe.append(character)
            }
        }
        return Base64URL.decode(String(decoding: urlSafe, as: UTF8.self))
    }
}
