import Core
import Spokes
import Vault

/// What a list of a client's secrets at its provider says about a successor whose making got no answer. Pure.
enum Settlement: Equatable {
    /// There is none.
    case nothingMade
    /// There is that one, and nobody has its text.
    case lost(String)
    /// There are others, which may be somebody else's: nothing of theirs is touched.
    case others([String])

    /// - Parameters:
    ///   - old: what was there before.
    ///   - since: when a successor was asked for.
    init(_ found: [ProviderSecret], old: String, since: Timestamp) {
        let further = found.filter { $0.id != old }
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

    /// The one secret that a client has, before another is made; of several nobody here knows which is in use.
    static func only(_ secrets: ProviderSecrets, _ turn: RotationTurn) async throws -> String {
        let found: [ProviderSecret]
        do throws(ProviderSecretProblem) { found = try await secrets.list() } catch {
            throw HubError(
                .conflict, error.reason, "The secrets of credential \(turn.name) can't be listed: \(error.says)")
        }
        guard let first = found.first else {
            throw HubError(
                .conflict, "no_secret_there",
                "\(secrets.provider) has no secret of this client, so there is none to rotate. Check the client id of "
                    + "credential \(turn.name).")
        }
        guard found.count == 1 else {
            let ids = found.map { "\(Shown.name($0.id))\($0.isActive ? "" : " (inactive)")" }.joined(separator: ", ")
            let room =
                found.count < secrets.most
                ? "and nobody here knows which is in use"
                : "which is the most that it may have, so there is no room for a successor"
            throw HubError(
                .conflict, "no_room",
                "At \(secrets.provider) the client of credential \(turn.name) has \(found.count) secrets (\(ids)), \(room). "
                    + "Delete there the one that is not in use, then: linchpin credential rotate \(turn.name)")
        }
        return first.id
    }

    static func unexpected(_ ids: [String], _ turn: RotationTurn) -> HubError {
        HubError(
            .conflict, "secrets_unexpected",
            "At its provider the client of credential \(turn.name) has secrets that this hub did not make or can't tell "
                + "apart: \(ids.map { Shown.name($0) }.joined(separator: ", ")). Delete there what is not in use, then: "
                + "linchpin credential rotate \(turn.name)")
    }
}
