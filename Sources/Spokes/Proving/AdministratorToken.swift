import Core
import Ports

/// A token that somebody gives for one run: an OAuth access token, or a key as the spoke's other ways take it.
enum AdministratorToken {
    private static let bearer = Array("Bearer ".utf8)

    static func key(_ token: Secret, _ spoke: Spoke) -> Keyring.Key? {
        let isBearer = token.reveal { $0.starts(with: bearer) }
        let bare = isBearer ? token.reveal { Secret(Array($0.dropFirst(bearer.count))) } : token
        let isPlain = bare.reveal { bytes in
            !bytes.isEmpty && bytes.count <= Limits.credentialBytes.value
                && bytes.allSatisfy { (0x20...0x7E).contains($0) }
        }
        let way = spoke.authentication.first { ($0 == .oauth) == isBearer }
        guard isPlain, let way else { return nil }
        let credential = ResolvedCredential(
            id: CredentialID("administrator"), name: "administrator's token", kind: way.credentialKind, secret: bare)
        return Keyring.Key(credential: credential, way: way)
    }

    /// The same; throws `administrator_token_unusable` where it can be no key.
    static func required(_ token: Secret, _ spoke: Spoke) throws(HubError) -> Keyring.Key {
        guard let key = key(token, spoke) else {
            throw HubError(
                .invalid, "administrator_token_unusable",
                "\"administrator_token\" is empty or holds characters that no token has. Give it again.")
        }
        return key
    }
}
