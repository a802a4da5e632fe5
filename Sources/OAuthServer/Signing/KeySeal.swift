import Core
import Keys

/// Seals private halves for one key each: a sealed value that is moved to another row does not open.
struct KeySeal: Sendable {
    private let key: Secret
    private let effects: Effects

    /// - Parameter key: 32 bytes, out of the vault.
    init(key: Secret, effects: Effects) {
        self.key = key
        self.effects = effects
    }

    func seal(_ privateKey: JWSPrivateKey, as id: String) throws -> [UInt8] {
        try SealingKey(key).seal(
            privateKey.forSealing, nonce: effects.randomBytes(SealingKey.nonceBytes), associated: Self.place(id))
    }

    /// Throws `HubError` (`signing_key_changed`) when the row was changed outside the hub.
    func open(_ sealed: [UInt8], as key: TokenKey) throws -> JWSPrivateKey {
        do {
            let opened = try JWSPrivateKey(
                sealed: SealingKey(self.key).open(sealed, associated: Self.place(key.id)))
            if opened.algorithm == key.algorithm, opened.publicKey.thumbprint == key.id { return opened }
        } catch let error as HubError where error.reason == "seal_does_not_open" {}
        throw HubError(
            .conflict, "signing_key_changed",
            "A signing key does not open: its row was changed outside the hub. "
                + "Replace it: linchpin signing-key rotate --at-once.",
            detail: "key \(key.id)")
    }

    private static func place(_ id: String) -> [UInt8] { Array("private half of a signing key, version 1: \(id)".utf8) }
}
