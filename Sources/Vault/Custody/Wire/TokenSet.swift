import Core

/// One token set as it is sealed: the access token, what renews it, and the key that both are bound to.
struct TokenSet: Sendable {
    let access: Secret
    let refresh: Secret?
    /// The key of DPoP, as `JWSPrivateKey.forSealing` gives it; nil for tokens that are not bound.
    let key: Secret?

    init(access: Secret, refresh: Secret?, key: Secret?) {
        self.access = access
        self.refresh = refresh
        self.key = key
    }

    /// Reads what `sealing` made.
    init(opened: Secret) throws {
        let json = try opened.reveal { try JSON.read($0) }
        guard let access = json["access"]?.string else {
            throw HubError(.internal, "token_set_unreadable", "Internal error.")
        }
        self.init(
            access: Secret(access), refresh: json["refresh"]?.string.map { Secret($0) },
            key: json["key"]?.string.map { Secret($0) })
    }

    /// The whole as one secret.
    var sealing: Secret {
        var members = JSONObject()
        members["access"] = .string(Self.text(access))
        members["refresh"] = refresh.map { .string(Self.text($0)) }
        members["key"] = key.map { .string(Self.text($0)) }
        return Secret(JSON.object(members).bytes)
    }

    private static func text(_ secret: Secret) -> String { secret.reveal { String(decoding: $0, as: UTF8.self) } }
}

/// A form whose values may be secret; the whole becomes one secret that is opened at the socket.
struct TokenForm: Sendable {
    private var pairs: [(name: String, value: Secret)] = []

    mutating func add(_ name: String, _ value: String) { pairs.append((name, Secret(value))) }
    mutating func add(_ name: String, _ value: String?) { if let value { add(name, value) } }
    mutating func add(_ name: String, _ value: Secret) { pairs.append((name, value)) }

    /// What asks about a token (RFC 7662 §2.1), or gives it back (RFC 7009 §2.1).
    static func naming(_ token: Secret, _ hint: String = "access_token") -> TokenForm {
        var form = TokenForm()
        form.add("token", token)
        form.add("token_type_hint", hint)
        return form
    }

    /// `application/x-www-form-urlencoded`.
    var body: Secret {
        let text = pairs.map { name, value in PercentEncoding.encode(name) + "=" + Self.encoded(value) }
        return Secret(text.joined(separator: "&"))
    }

    /// RFC 6749 §2.3.1: id and secret, each form-encoded, joined by a colon, in Base64.
    static func basic(_ name: String, _ secret: Secret) -> Secret {
        Secret(Base64.encode(Array((PercentEncoding.encode(name) + ":" + encoded(secret)).utf8)))
    }

    private static func encoded(_ secret: Secret) -> String {
        secret.reveal { PercentEncoding.encode(String(decoding: $0, as: UTF8.self)) }
    }
}
