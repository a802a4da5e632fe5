import Core
import Keys
import Ports
import Spokes
import Vault

/// What a list of a client's secrets or keys at its provider says about a successor whose making got no answer.
enum Settlement: Equatable {
    /// There is none.
    case nothingMade
    /// There is that one, and nobody has its text, or its private half.
    case lost(String)
    /// There are others, which may be somebody else's: nothing of theirs is touched.
    case others([String])

    /// - Parameters:
    ///   - old: what was there before.
    ///   - since: when a successor was asked for.
    ///   - keyID: what it was to be known by; nil for a secret, which is told by the moment at which it came to be.
    init(_ found: [ProviderSecret], old: String, since: Timestamp, keyID: String? = nil) {
        let further = found.filter { $0.id != old }
        if let keyID {
            self = further.first { $0.keyID == keyID }.map { .lost($0.id) } ?? .nothingMade
            return
        }
        // Somebody may have made one by hand since: only what came to be while that call was under way is its.
        let slack = Int64(Limits.clockDifferenceSeconds.value)
        let last = since.adding(seconds: slack).adding(milliseconds: 2 * Int64(Limits.outboundMilliseconds.value))
        let window = since.adding(seconds: -slack)...last
        guard let first = further.first else {
            self = .nothingMade
            return
        }
        guard further.count == 1, let created = first.createdAt, window.contains(created) else {
            self = .others(further.map(\.id))
            return
        }
        self = .lost(first.id)
    }

    /// The `kid` of the key that a run makes, which follows from what is kept before it is asked for; nil for a secret.
    static func keyID(_ turn: RotationTurn, begun: Timestamp) -> String? {
        turn.client.proof == .key ? "linchpin-\(turn.id.prefix(8))-\(begun.epochMilliseconds)" : nil
    }

    /// The one that is in use, before another is made. A key is known by its `kid`, and must be the public half of the one
    /// that is sealed here: what is in use goes later, and another's must not. Of several secrets nobody here knows which
    /// it is.
    static func inUse(_ secrets: ProviderSecrets, _ turn: RotationTurn) async throws -> String {
        let what = turn.client.proof.rawValue
        let found: [ProviderSecret]
        do throws(ProviderSecretProblem) { found = try await secrets.list() } catch {
            throw HubError(
                .conflict, error.reason, "The \(what)s of credential \(turn.name) can't be listed: \(error.says)")
        }
        let fitting = turn.client.proof == .key ? found.filter { isInUse($0, turn) } : found
        guard let first = fitting.first else { throw nothingThere(secrets.provider, turn) }
        let hasRoom = found.count < secrets.most
        guard fitting.count == 1, hasRoom else {
            let ids = found.prefix(Self.mostShown)
                .map { one in
                    let made = one.createdAt.map { " of \($0.rfc3339)" } ?? ""
                    return "\(Shown.name(one.id))\(made)\(one.isActive ? "" : " (inactive)")"
                }.joined(separator: ", ")
            let rest = found.count > Self.mostShown ? ", …" : ""
            let room =
                hasRoom
                ? "and nobody here knows which is in use"
                : "which is the most that it may have, so there is no room for a successor"
            throw HubError(
                .conflict, "no_room",
                "At \(secrets.provider) the client of credential \(turn.name) has \(found.count) \(what)s (\(ids)\(rest)), "
                    + "\(room). Delete there one that is not in use, then: linchpin credential rotate \(turn.name)")
        }
        return first.id
    }

    private static func nothingThere(_ provider: String, _ turn: RotationTurn) -> HubError {
        guard let keyID = turn.client.keyID else {
            return HubError(
                .conflict, "no_secret_there",
                "\(provider) has no secret of this client, so there is none to rotate. Check the client id of credential "
                    + "\(turn.name).")
        }
        return HubError(
            .conflict, "no_key_there",
            "Of the client of credential \(turn.name) \(provider) has no key \(Shown.name(keyID)) that fits the one sealed "
                + "here, so there is none to rotate. Set the `kid` that it is shown with there: linchpin credential update "
                + "\(turn.name) --key-id KID")
    }

    private static func isInUse(_ key: ProviderSecret, _ turn: RotationTurn) -> Bool {
        guard key.keyID == turn.client.keyID, let jwk = key.publicKey else { return false }
        // One that can't be read is not ours.
        do { return try JWSPublicKey(jwk: jwk).thumbprint == turn.thumbprint } catch { return false }
    }

    /// More than a message can name usefully.
    private static let mostShown = 5

    static func unexpected(_ ids: [String], _ turn: RotationTurn) -> HubError {
        HubError(
            .conflict, "secrets_unexpected",
            "At its provider the client of credential \(turn.name) has secrets that this hub did not make or can't tell "
                + "apart: \(ids.map { Shown.name($0) }.joined(separator: ", ")). Delete there what is not in use, then: "
                + "linchpin credential rotate \(turn.name)")
    }
}
