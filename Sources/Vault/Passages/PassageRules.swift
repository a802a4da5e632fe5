import Core
import Keys
import Ports

/// What a request makes of a passage. Everything is checked here, before anything is stored.
struct PassageRules: Sendable {
    let request: OperationRequest

    /// The fields that both operations have.
    static let fields: [Field] = [
        .optional(
            "trust_roots", .document(most: Limits.trustRootsBytes.value),
            "The authorities that it trusts instead of the system's, as PEM certificates."),
        .optional("system_roots", .bool, "True: it trusts the system's authorities again."),
        .optional(
            "pins", .texts(most: Limits.connectionPins.value),
            "SHA-256 of public keys (SPKI) in Base64, of which the server's certificate must have one; at least two, "
                + "one of them a spare. An empty list is none."),
        .optional(
            "proxy", .text(most: Limits.baseURLBytes.value),
            "The proxy that calls go through, such as http://proxy.example.com:3128. It resolves the host's name."),
        .optional("proxy_user", .text(most: Limits.nameField.value), "Who the hub is at the proxy."),
        .optional(
            "proxy_password", .secret(most: Limits.credentialBytes.value),
            "Its password there; it goes to the proxy without TLS."),
        .optional("no_proxy", .bool, "True: calls go straight there again."),
    ]

    /// Whether it says all of a passage anew, so that nothing of the one before is kept or silently lost.
    var statesAll: Bool {
        (request.text("trust_roots") != nil || request.bool("system_roots") == true) && request.texts("pins") != nil
            && (request.text("proxy") != nil || request.bool("no_proxy") == true)
    }

    /// - Parameter passwordID: where a new password of the proxy will lie, if the request has one.
    func applied(
        to before: ConnectionPassage, url: String, allowsLoopbackHTTP: Bool, passwordID: String?
    ) throws -> ConnectionPassage {
        var after = before
        after.trustRoots = try trustRoots() ?? (request.bool("system_roots") == true ? nil : before.trustRoots)
        if let pins = request.texts("pins") { after.pins = try Self.pins(pins) }
        after.proxy = try proxy(before.proxy, allowsLoopbackHTTP, passwordID)
        guard after == .plain || !url.hasPrefix("http://") else {
            throw HubError(
                .invalid, "passage_needs_tls",
                "Trusted authorities, pins and a proxy are for https. Use https in \"url\", or leave them away.")
        }
        if after.proxy != nil, Self.isAddress(url) {
            throw HubError(
                .invalid, "proxy_needs_name",
                "Through a proxy a host is reached by its name. Give \"url\" with a name instead of an address.")
        }
        return after
    }

    private func trustRoots() throws -> String? {
        guard let pem = request.text("trust_roots") else { return nil }
        guard request.bool("system_roots") != true else {
            throw Self.problem("system_roots", "stands against \"trust_roots\". Give one of the two")
        }
        for root in try CertificateChain(pem: pem, field: "trust_roots").entries {
            let name = Shown.name(root.subject)
            guard root.isRoot else {
                throw HubError(
                    .invalid, "not_a_root",
                    "\"trust_roots\" holds the certificate of \(name), which is no authority that signs itself. "
                        + "Give the root certificates alone.")
            }
            guard root.begins <= request.cause.now, request.cause.now < root.ends else {
                throw HubError(
                    .invalid, "trust_root_expired",
                    "\"trust_roots\" holds the certificate of \(name), which counts from \(root.begins.rfc3339) to "
                        + "\(root.ends.rfc3339). Leave it away, or give its successor.")
            }
        }
        return pem
    }

    /// As curl spells them (`sha256//…`), as RFC 7469 §2.1.1 does without its quotes, or bare.
    private static func pins(_ given: [String]) throws -> [String] {
        var found: Set<String> = []
        for pin in given {
            let bare = ["sha256//", "sha256/", "sha256="].first(where: pin.hasPrefix).map { pin.dropFirst($0.count) }
            guard let bytes = Base64.decode((bare ?? pin[...]).utf8), bytes.count == 32 else {
                throw problem("pins", "must be SHA-256 of public keys: 44 characters of Base64 each")
            }
            guard found.insert(Base64.encode(bytes)).inserted else {
                throw problem("pins", "names the same key twice. A spare is another key")
            }
        }
        guard found.count != 1 else {
            throw HubError(
                .invalid, "one_pin",
                "One pin alone locks the connection out when the provider changes its key. "
                    + "Add the pin of a spare key, or give none.")
        }
        return found.sorted(by: Names.precede)
    }

    private func proxy(
        _ before: ConnectionPassage.Proxy?, _ allowsLoopbackHTTP: Bool, _ passwordID: String?
    ) throws -> ConnectionPassage.Proxy? {
        if request.bool("no_proxy") == true {
            guard request.text("proxy") == nil, request.text("proxy_user") == nil, passwordID == nil else {
                throw Self.problem("no_proxy", "stands against a proxy. Give one of the two")
            }
            return nil
        }
        guard
            let address = try request.text("proxy").map({ try Self.proxyAddress($0, allowsLoopbackHTTP) })
                ?? before?.address
        else {
            guard request.text("proxy_user") == nil, passwordID == nil else {
                throw Self.problem("proxy", "is missing: a user or a password is for a proxy. Name it")
            }
            return nil
        }
        let user = request.text("proxy_user") ?? before?.user
        // RFC 7617 §2: a colon would end the name.
        guard user?.utf8.contains(UInt8(ascii: ":")) != true else {
            throw Self.problem("proxy_user", "must be without a colon")
        }
        guard user != nil || passwordID == nil else {
            throw Self.problem("proxy_user", "is missing: a password goes with a user")
        }
        let now = ConnectionPassage.Proxy(address: address, user: user, passwordID: passwordID ?? before?.passwordID)
        // Whoever chooses where a kept password goes could read it there.
        if passwordID == nil, let before, before.passwordID != nil, now != before {
            throw HubError(
                .invalid, "proxy_password_again",
                "The proxy's password is not taken along to another proxy or user. Give \"proxy_password\" again.")
        }
        return now
    }

    private static func proxyAddress(_ text: String, _ allowsLoopbackHTTP: Bool) throws -> String {
        let bad = HubError(
            .invalid, "bad_proxy",
            "\"proxy\" must be the proxy's plain address with its port, such as http://proxy.example.com:3128. "
                + "The way to it is http; TLS goes through it from end to end.")
        let url: BaseURL
        do { url = try BaseURL(text) } catch { throw bad }
        guard url.isPlainHTTP, url.text == url.origin, url.origin.utf8.last != UInt8(ascii: "]"),
            url.origin.dropFirst("http://".count).contains(":"), StrictURL(url.text) != nil
        else { throw bad }
        guard !url.isLoopback || allowsLoopbackHTTP else {
            throw problem("proxy", "is this machine. Set \"allow_loopback_http\" to true for a trial")
        }
        return url.text
    }

    /// Whether the host is an IP address: in names the last part is never a number.
    private static func isAddress(_ url: String) -> Bool {
        guard let host = StrictURL(url)?.host else { return false }
        let last = host.split(separator: ".").last ?? ""
        return host.contains(":") || last.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func problem(_ field: String, _ says: String) -> HubError {
        HubError(.invalid, "bad_passage", "\"\(field)\" \(says).")
    }
}
