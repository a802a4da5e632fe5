import Core
import Keys
import Ports

/// A client's own description at its `client_id` (draft-ietf-oauth-client-id-metadata-document-03; its sections below).
struct ClientDocument: Sendable {
    let metadata: ClientMetadata

    /// Reads what was fetched from an address; nil for what is no description of a client at that address that may become
    /// one here: public, and by code.
    init?(_ document: FetchedDocument, at address: String) {
        let media =
            document.contentType.split(separator: ";").first?.filter { $0 != " " && $0 != "\t" }.lowercased() ?? ""
        // §4: JSON, perhaps of a more specific type.
        guard media == "application/json" || (media.hasPrefix("application/") && media.hasSuffix("+json")) else {
            return nil
        }
        do {
            guard let object = try JSON.read(document.body).object else { return nil }
            // §4 (MUST): its client_id is the address, byte for byte.
            guard let id = object["client_id"]?.string, id.isExactly(address) else { return nil }
            // §4.1 (MUST NOT): a shared secret.
            guard object["client_secret"] == nil, object["client_secret_expires_at"] == nil else { return nil }
            metadata = try ClientMetadata(object, standardMethod: ClientAuthenticationMethod.none.name)
        } catch { return nil }
        // §4.1: no secret is shared. Other ways of proving itself are not offered here.
        guard metadata.isPublic, metadata.grants.contains(GrantType.authorizationCode.name) else { return nil }
        // RFC 9101 §10.5: it has no key here, and is not made weaker than it asks for.
        guard !metadata.requiresSignedRequests else { return nil }
        do { _ = try settings(over: ClientSettings()) } catch { return nil }
    }

    /// Whether a `client_id` is an address where such a document may be (§3). Ours, whatever is in the registry, never are.
    ///
    /// Deviation: §3 says SHOULD NOT of a query; here one address is one client.
    static func isAddress(_ id: String) -> Bool {
        guard id.utf8.starts(with: "https://".utf8), id.utf8.count <= Limits.clientURLBytes.value,
            !id.utf8.contains(UInt8(ascii: "?")), let url = StrictURL(id),
            // §3 (MUST): a path.
            id.dropFirst("https://".count).utf8.contains(UInt8(ascii: "/"))
        else { return false }
        // §3 (MUST NOT): dot segments, plain or escaped (RFC 3986 §6.2.2.2).
        return url.target.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
            ![".", ".."].contains(segment.lowercased().replacing("%2e", with: "."))
        }
    }

    /// The settings that follow: what the hub offers of what the document names, so that one document does for many servers.
    ///
    /// Throws for a document with no redirect URI that a client may have here.
    func settings(over base: ClientSettings) throws -> ClientSettings {
        var new = base
        new.isPublic = true
        new.isNative = metadata.isNative
        new.grants = metadata.grants.intersection(ClientMetadata.standardGrants)
        // RFC 9700 §2.1: those that would be refused at registration count for nothing.
        new.redirectURIs = metadata.redirectURIs.filter { offers($0) }
        new.requiresDPoP = metadata.requiresDPoP
        // Never weaker than it asks for, also where the hub asks nobody for certificates.
        new.tls.bindsTokens = metadata.bindsByCertificate
        new.requiresPushedRequests = metadata.requiresPushedRequests
        // Deviation: no backchannel_logout_uri, since a stranger's document makes the hub call nobody. What
        // introspection is signed by counts for nothing: a public client may not ask.
        new.openID = OpenIDSettings(
            algorithm: metadata.idTokenAlgorithm.flatMap(ClientMetadata.signing) ?? .rs256,
            postLogoutRedirectURIs: metadata.postLogoutRedirectURIs.filter { offers($0) })
        try new.check()
        return new
    }

    private func offers(_ address: String) -> Bool {
        do {
            _ = try RedirectURI(registering: address, isNative: metadata.isNative, isPublic: true)
            return true
        } catch { return false }
    }

    /// What it may hold of these: those that it names, or all.
    func scopes(within allowed: [String]) -> [String] {
        allowed.filter { metadata.scopes?.contains($0) ?? true }.sorted()
    }
}
