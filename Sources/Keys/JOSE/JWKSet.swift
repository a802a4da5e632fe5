public import Core

/// A JWK Set (RFC 7517 §5): the usable signature keys of somebody.
public struct JWKSet: Sendable {
    /// A key of the set that cannot be used.
    public struct PassedOver: Sendable, Equatable {
        /// Its `kid`, if it has one.
        public let id: String?
        /// Why, as a sentence.
        public let why: String
    }

    /// The usable keys, in order.
    public let keys: [JWSPublicKey]
    /// The others, in order: another kind or use, too small, malformed (RFC 7517 §5 says to ignore them).
    public let passedOver: [PassedOver]

    /// Keys of our own, to be published.
    public init(publishing keys: [JWSPublicKey]) {
        self.keys = keys
        passedOver = []
    }

    /// Reads a set.
    ///
    /// Throws `HubError` of kind `invalid`: `jwks_unusable` for what is not a set, more than `Limits.jwkSetKeys` keys, or
    /// two usable keys under one `kid`; `jwk_private` when a private key stands in it.
    public init(_ json: JSON) throws {
        guard let elements = json["keys"]?.array else { throw Self.unusable("it has no list of keys") }
        guard elements.count <= Limits.jwkSetKeys.value else {
            throw Self.unusable("it has more than \(Limits.jwkSetKeys.value) keys")
        }
        var keys: [JWSPublicKey] = []
        var passedOver: [PassedOver] = []
        for element in elements {
            do {
                keys.append(try JWSPublicKey(jwk: element))
            } catch let error as HubError where error.reason == "jwk_unusable" {
                passedOver.append(PassedOver(id: element["kid"]?.string, why: error.message))
            }
        }
        var ids: Set<[UInt8]> = []
        for id in keys.compactMap(\.id) where !ids.insert(Array(id.utf8)).inserted {
            throw Self.unusable("two of its keys have one kid")
        }
        self.keys = keys
        self.passedOver = passedOver
    }

    /// The key of that id, compared as bytes; nil when there is none. There is no fallback.
    public func key(id: String) -> JWSPublicKey? { keys.first { $0.id?.isExactly(id) == true } }

    /// The set as it is published: each key with `use`.
    public var json: JSON {
        let keys = keys.map { key in
            var members = key.jwk.object ?? JSONObject()
            members["use"] = "sig"
            return JSON.object(members)
        }
        return ["keys": .array(keys)]
    }

    private static func unusable(_ what: String) -> HubError {
        HubError(.invalid, "jwks_unusable", "The key set cannot be used: \(what). Correct it where it is published.")
    }
}
