import Core
import Hub

extension CredentialReader {
    /// `Authorization: DPoP …` (RFC 9449 §7.1), once. The DPoP headers go along unread.
    static let dpop = CredentialReader { request, _, site in
        let values = request.headers.filter { $0.name == "authorization" }.map(\.value)
        guard values.count == 1, let value = values.first else { return nil }
        let parts = Array(value.utf8).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // RFC 9110 §11.1: the scheme is case-insensitive. Only letters become a letter by this bit.
        guard let scheme = parts.first, scheme.map({ $0 | 0x20 }) == Array("dpop".utf8) else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else {
            return .unreadable(reason: "it is not of the form DPoP <token>")
        }
        guard !request.hasTokenInQuery else { return .unreadable(reason: "there is a token in the query, too") }
        let path = request.rawTarget.utf8.prefix { $0 != UInt8(ascii: "?") }
        let proof = SentProof(
            values: request.headers.filter { $0.name == "dpop" }.map(\.value),
            method: request.overridden ?? request.method, url: site().url + String(Substring(path)))
        return .bound(Secret(Array(parts[1])), proof)
    }
}
