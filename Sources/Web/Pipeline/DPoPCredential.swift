import Core
import Hub

extension CredentialReader {
    /// `Authorization: DPoP …` (RFC 9449 §7.1), once. The DPoP headers go along unread.
    static let dpop = CredentialReader { request, _, site in
        guard let (value, isOnly) = request.authorization, isOnly, let token = value.credentials(of: "dpop") else {
            return nil
        }
        guard !token.isEmpty, !token.contains(UInt8(ascii: " ")) else {
            return .unreadable(reason: "it is not of the form DPoP <token>")
        }
        guard !request.hasTokenInQuery else { return .unreadable(reason: "there is a token in the query, too") }
        let path = request.rawTarget.utf8.prefix { $0 != UInt8(ascii: "?") }
        let proof = SentProof(
            values: request.headers.filter { $0.name == "dpop" }.map(\.value),
            method: request.overridden ?? request.method, url: site().url + String(Substring(path)))
        return .bound(Secret(token), proof)
    }
}
