import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// The keys with which the server signs what it issues, and the tokens that they sign.
///
/// Each algorithm has its own keys, from the first time that it is needed on. `KeySchedule` says when one follows
/// another.
public final class SigningKeys: Sendable {
    /// What is offered, the standard for access tokens first.
    static let algorithms: [JWSAlgorithm] = [.es256, .rs256, .edDSA]

    private enum Key { case ring }

    let database: any Database
    let effects: Effects
    let schedule: KeySchedule
    private let seal: KeySeal
    private let remembered: EpochMemory<Key, KeyRing>

    init(database: any Database, effects: Effects, sealing: Secret, schedule: KeySchedule = .standard) {
        self.database = database
        self.effects = effects
        self.schedule = schedule
        seal = KeySeal(key: sealing, effects: effects)
        remembered = EpochMemory(database.epochs, most: 1)
    }

    /// A signed token in the compact serialization, with `typ` and `kid` in its header (RFC 7515 §4.1).
    ///
    /// - Parameter algorithm: nil for the standard of the type: RS256 for an ID token, whose `typ` is `JWT` (OpenID
    ///   Connect Core §2: what every client understands), else ES256.
    func sign(
        _ claims: JSONObject, type: String, _ algorithm: JWSAlgorithm? = nil, at now: Timestamp
    ) async throws -> String {
        let held = try await signer(algorithm ?? (type == "JWT" ? .rs256 : .es256), at: now)
        return try JWS.sign(
            claims, header: ["typ": .string(type), "kid": .string(held.key.id)], with: held.privateKey)
    }

    /// The claims of a token that one of our keys signed, one that is not removed; nil for anything else.
    ///
    /// Which algorithm counts follows from the key, never from the header (RFC 8725 §3.1). Times, issuer and audience
    /// are the caller's to judge.
    func verify(_ text: String, type: String, at now: Timestamp) async throws -> JSONObject? {
        guard let token = UnverifiedJWS(reading: text), let id = token.keyID,
            let key = try await ring().publicKey(id, at: now)
        else { return nil }
        return token.claims(by: key, type: type)
    }

    /// Whether a key of ours that is not removed signed this access token, on a snapshot.
    static func signed(_ token: UnverifiedJWS, at now: Timestamp, in reader: any SQLReader) throws -> Bool {
        guard let id = token.keyID, let key = try TokenKeyStore.publicKey(id, at: now, in: reader) else { return false }
        return token.claims(by: key, type: JWTAccessToken.type) != nil
    }

    /// The published keys as a JWK Set (RFC 7517 §5), those that sign first. It never lacks a key that signs.
    public func keySet(at now: Timestamp) async throws -> JSON {
        for algorithm in Self.algorithms { _ = try await signer(algorithm, at: now) }
        return JWKSet(publishing: try await ring().published(at: now)).json
    }

    /// Does what is due for the algorithms in use. Several hubs may do it at once: each step is one for a single hub.
    public func tend(at now: Timestamp) async throws {
        let keys = try await keys()
        let used = Self.algorithms.filter { algorithm in keys.contains { $0.algorithm == algorithm } }
        let cause = Cause(.hub, at: now, .new(effects))
        for step in schedule.next(keys, for: used, at: now) { try await carryOut(step, "schedule", cause) }
    }

    /// The newest keys, removed ones too.
    func keys() async throws -> [TokenKey] {
        try await database.read { try TokenKeyStore.newest(Self.algorithms, in: $0) }
    }

    private func signer(_ algorithm: JWSAlgorithm, at now: Timestamp) async throws -> KeyRing.Held {
        if let held = try await ring().signer(algorithm, at: now) { return held }
        // The first need of this algorithm, or the first since a restore.
        let cause = Cause(.hub, at: now, .new(effects))
        for step in schedule.next(try await keys(), for: [algorithm], at: now) {
            try await carryOut(step, "schedule", cause)
        }
        guard let held = try await readRing().signer(algorithm, at: now) else {
            throw HubError(.internal, "signing_key_missing", "Internal error.", detail: "no \(algorithm.rawValue) key")
        }
        return held
    }

    private func ring() async throws -> KeyRing {
        if let ring = remembered.look(at: effects.monotonicNanoseconds()).find(.ring) { return ring }
        return try await readRing()
    }

    private func readRing() async throws -> KeyRing {
        let look = remembered.look(at: effects.monotonicNanoseconds())
        let rows = try await database.read { try TokenKeyStore.sealed(Self.algorithms, in: $0) }
        let ring = KeyRing(held: try rows.map { .init($0.key, try seal.open($0.sealed, as: $0.key)) })
        // Whatever changes a key changes everything for `EpochSubject`, so this needs no subject of its own.
        look.keep(ring, for: .ring)
        return ring
    }
}

extension SigningKeys {
    /// Makes the next key of each algorithm, to sign when its time ahead is over; nothing where one waits already.
    ///
    /// - Parameter atOnce: the new keys sign now, and every other one of the algorithms is removed.
    /// - Returns: the keys that are not removed.
    /// - Throws: `HubError` (`changed_meanwhile`) when others made a key at the same moment.
    func rotate(_ algorithms: [JWSAlgorithm], atOnce: Bool, by cause: Cause) async throws -> [TokenKey] {
        let keys = try await keys()
        for algorithm in algorithms {
            let step =
                atOnce
                ? schedule.replacement(algorithm, among: keys, at: cause.now)
                : schedule.successor(algorithm, among: keys, at: cause.now)
            guard let step else { continue }
            let old = atOnce ? keys.filter { $0.algorithm == algorithm && $0.isSealed } : []
            guard try await carryOut(step, atOnce ? "at_once" : "by_hand", removing: old, cause) else {
                throw HubError(
                    .conflict, "changed_meanwhile", "The keys were changed at the same moment. Look, and try again.")
            }
        }
        return try await self.keys().filter { $0.state(at: cause.now) != .removed }
    }

    /// False when another hub took the step.
    @discardableResult
    private func carryOut(
        _ step: KeySchedule.Step, _ mode: String, removing old: [TokenKey] = [], _ cause: Cause
    ) async throws -> Bool {
        switch step {
        case .publish(let algorithm, let number, let activeFrom):
            let privateKey = try JWSPrivateKey.make(algorithm)
            let publicKey = privateKey.publicKey
            let key = TokenKey(
                id: publicKey.thumbprint, algorithm: algorithm, number: number, publishedAt: cause.now,
                activeFrom: activeFrom, retiredAt: nil, removedAt: nil, isSealed: true)
            let sealed = try seal.seal(privateKey, as: key.id)
            let event = AuditEvent(
                .signingKeyPublished, on: key.target, by: cause, [.mode: mode, .from: activeFrom.rfc3339])
            return try await database.write(.change) { [schedule] writer in
                guard try TokenKeyStore.insert(key, publicKey, sealed, in: writer) else { return false }
                for key in old { try Self.remove(key, mode, cause, in: writer) }
                try TokenKeyStore.retire(before: key, keptSeconds: schedule.keptSeconds, in: writer)
                try writer.record(event)
                return true
            }
        case .remove(let key):
            return try await database.write(.change) { try Self.remove(key, mode, cause, in: $0) }
        }
    }

    @discardableResult
    private static func remove(
        _ key: TokenKey, _ mode: String, _ cause: Cause, in writer: any SQLWriter
    ) throws -> Bool {
        guard try TokenKeyStore.remove(key, at: cause.now, in: writer) else { return false }
        try writer.record(AuditEvent(.signingKeyRemoved, on: key.target, by: cause, [.mode: mode]))
        return true
    }
}

extension UnverifiedJWS {
    /// Nil for what cannot be a token.
    init?(reading text: String) {
        do { self = try JWS.read(text) } catch { return nil }
    }

    /// The claims if this key signed them, with what the key says that it signs with; else nil.
    fileprivate func claims(by key: JWSPublicKey, type: String) -> JSONObject? {
        do { return try verified(by: key, allowing: key.algorithms, type: type).claims } catch { return nil }
    }
}
