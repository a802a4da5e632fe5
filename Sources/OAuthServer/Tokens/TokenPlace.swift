import Core

/// Where the row of a token is.
struct TokenPlace: Sendable, Equatable {
    let issuedHour: Int64
    /// SHA-256 of the token's text.
    let hash: [UInt8]
}

extension TokenPlace {
    var json: JSON { ["hour": .int(issuedHour), "hash": .string(Base64URL.encode(hash))] }

    /// Throws for what is none: a token must not outlive the one it came of because that cannot be read.
    init(_ json: JSON) throws {
        guard let hour = json["hour"]?.int, let hash = json["hash"]?.string.flatMap(Base64URL.decode) else {
            throw HubError(.internal, "token_place_unreadable", "Internal error.", detail: "token.carried, subject")
        }
        self.init(issuedHour: hour, hash: hash)
    }
}

extension AccessToken {
    var place: TokenPlace { TokenPlace(issuedHour: issuedHour, hash: hash) }
}
