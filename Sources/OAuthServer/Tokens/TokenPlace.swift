import Core

/// Where the row of a token is.
struct TokenPlace: Sendable, Equatable {
    /// See `AccessToken`.
    let slot: Int64
    /// SHA-256 of the token's text.
    let hash: [UInt8]
}

extension TokenPlace {
    var json: JSON { ["slot": .int(slot), "hash": .string(Base64URL.encode(hash))] }

    /// Throws for what is none: a token must not outlive the one it came of because that cannot be read.
    init(_ json: JSON) throws {
        // `hour`: what a hub before `oauth-016` wrote.
        guard let slot = (json["slot"] ?? json["hour"])?.int, let hash = json["hash"]?.string.flatMap(Base64URL.decode)
        else {
            throw HubError(.internal, "token_place_unreadable", "Internal error.", detail: "token.carried, subject")
        }
        self.init(slot: slot, hash: hash)
    }
}

extension AccessToken {
    var place: TokenPlace { TokenPlace(slot: slot, hash: hash) }
}
