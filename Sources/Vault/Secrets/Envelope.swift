import Core
import Keys

/// What one version of one secret belongs to; all of it is associated data.
///
/// Sealed for one place, it opens nowhere else.
struct SecretPlace: Sendable, Equatable {
    /// Whose secret it is, such as `credential:4f…`; a row that points at another's secret does not open it.
    let owner: String
    /// The id in the table `secret`.
    let id: String
    /// The version.
    let version: Int64

    func associated(_ part: String) -> [UInt8] {
        // Each part is led by its length, so that no two places give the same bytes.
        ["linchpin", "secret", part, owner, id, String(version)]
            .flatMap { text in Array("\(text.utf8.count):".utf8) + Array(text.utf8) }
    }
}

/// A row of `secret`: the sealed value, and its data key wrapped under the master key.
struct SealedSecret: Sendable, Equatable {
    let id: String
    let version: Int64
    let ciphertext: [UInt8]
    let wrappedKey: [UInt8]
    let keyID: String
}

/// The random bytes that sealing one version takes; made before the transaction.
struct SealingDice: Sendable {
    let dataKey: Secret
    let wrapNonce: [UInt8]
    let sealNonce: [UInt8]

    init(_ effects: Effects) {
        dataKey = Secret(effects.randomBytes(32))
        wrapNonce = effects.randomBytes(SealingKey.nonceBytes)
        sealNonce = effects.randomBytes(SealingKey.nonceBytes)
    }
}

/// Envelope encryption: each version has a data key of its own, wrapped under a key derived from the master key.
struct Envelope: Sendable {
    /// Names the master key without telling anything about it.
    let keyID: String
    private let wrapping: SealingKey
    private let checking: SealingKey
    private let binding: Secret

    /// Derives a key for each purpose; throws `HubError` unless the master key has 32 bytes.
    init(masterKey: Secret) throws {
        guard masterKey.count == 32 else {
            throw HubError(
                .internal, "bad_master_key",
                "The master key must have exactly 32 bytes. Give the one that this store was made with.",
                detail: "it has \(masterKey.count)")
        }
        wrapping = try SealingKey(Derivation.key("linchpin vault wrap 1", from: masterKey))
        checking = try SealingKey(Derivation.key("linchpin vault check 1", from: masterKey))
        binding = Derivation.key("linchpin vault binding 1", from: masterKey)
        keyID = Derivation.key("linchpin vault id 1", from: masterKey).reveal { Hex.encode($0.prefix(8)) }
    }

    /// Seals one version.
    func seal(_ plain: Secret, at place: SecretPlace, _ dice: SealingDice) throws -> SealedSecret {
        let wrapped = try dice.dataKey.reveal { key in
            try wrapping.seal(Secret(key), nonce: dice.wrapNonce, associated: place.associated("key"))
        }
        let ciphertext = try SealingKey(dice.dataKey)
            .seal(plain, nonce: dice.sealNonce, associated: place.associated("value"))
        return SealedSecret(
            id: place.id, version: place.version, ciphertext: ciphertext, wrappedKey: wrapped, keyID: keyID)
    }

    /// Opens one version. Throws `HubError` (`secret_does_not_open`) for anything bent, cut, moved or sealed elsewhere.
    func open(_ sealed: SealedSecret, at place: SecretPlace) throws -> Secret {
        do {
            let dataKey = try wrapping.open(sealed.wrappedKey, associated: place.associated("key"))
            return try SealingKey(dataKey).open(sealed.ciphertext, associated: place.associated("value"))
        } catch {
            throw HubError(
                .conflict, "secret_does_not_open",
                "A sealed secret does not open: its row was changed or moved outside the hub. Set the secret again.",
                detail: "\(place.owner), secret \(place.id), version \(place.version), key \(sealed.keyID)")
        }
    }

    /// A value that only this master key opens.
    func check(nonce: [UInt8]) throws -> [UInt8] {
        try checking.seal(Secret("linchpin"), nonce: nonce, associated: Array("vault_check".utf8))
    }

    /// Whether this master key made the check value.
    func opens(check: [UInt8]) -> Bool {
        do {
            return try checking.open(check, associated: Array("vault_check".utf8)).matches(Secret("linchpin"))
        } catch { return false }
    }

    /// Ties the parts together under the master key: whoever changes one in the database cannot make it anew.
    func bind(_ parts: [String]) -> [UInt8] {
        Hashing.hmacSHA256(
            parts.flatMap { text in Array("\(text.utf8.count):".utf8) + Array(text.utf8) }, key: binding)
    }
}
