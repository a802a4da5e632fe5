import Core
import Ports

/// An outside grant as people see it: what is held, until when by whose word, and what should be done.
struct GrantView {
    let grant: OutsideGrant
    let held: Held
    let now: Timestamp

    init(_ grant: OutsideGrant, _ held: Held, at now: Timestamp) {
        self.grant = grant
        self.held = held
        self.now = now
    }

    var json: JSON {
        let state = grant.state
        let life = state.observedLife
        return [
            "credential": .string(held.credential.name), "state": .string(state.word.rawValue),
            "generation": .int(state.generation),
            "scopes": grant.scopes.map { .array($0.map { .string($0) }) } ?? .null,
            "scopes_wanted": .array(held.settings.asked.map { .string($0) }),
            "scopes_lacking": .array(lacking.map { .string($0) }),
            "owner": grant.owner.map { .string($0) } ?? .null,
            "owner_proof": .string(grant.ownerProof.rawValue),
            "expected_owner": held.settings.expectedOwner.map { .string($0) } ?? .null,
            "issued_at": Self.moment(state.issuedAt), "ends_as_stated": Self.moment(state.statedEnd),
            "ends_as_observed": Self.moment(life.flatMap { life in state.issuedAt?.adding(milliseconds: life) }),
            "renewed_at": Self.moment(state.lookedAt(held.policy)), "renewable": .bool(held.policy.canRenew(state)),
            "refresh_token_ends": Self.moment(grant.refreshEnd), "rotates": .bool(state.rotates),
            "refusal": grant.refusal.map { .string($0) } ?? .null, "refused_at": Self.moment(grant.refusedAt),
            "endpoints": held.settings.shownEndpoints,
            "findings": .array(findings.map { ["reason": .string($0.reason), "says": .string($0.says)] }),
        ]
    }

    private var lacking: [String] {
        grant.lacking(of: held.settings.asked).filter {
            $0 != held.settings.offlineScope || !grant.state.hasRefreshToken
        }
    }

    /// What somebody should do, each with its one next step.
    var findings: [(reason: String, says: String)] {
        var found: [(reason: String, says: String)] = []
        let name = held.credential.name
        if case .stop(let stop) = GrantMachine.need(grant.state, held.policy, at: now),
            case .refused(let reason, let says) = held.stopped(stop)
        {
            found.append((reason, says))
        } else if grant.state.word == .inDoubt || grant.state.word == .dead,
            case .refused(let reason, let says) = held.stopped(grant.state.word == .dead ? .dead : .inDoubt)
        {
            found.append((reason, says + " The present token is used until the provider refuses it."))
        } else if let failure = grant.refusal.flatMap(TokenFailure.named) {
            found.append((failure.code, "The token of \(name) was not renewed. " + Held.sentence(failure, name)))
        }
        if !lacking.isEmpty {
            found.append(
                (
                    "scope_not_granted",
                    "The provider granted fewer scopes than credential \(name) wants: \(lacking.joined(separator: ", ")) "
                        + "lack. Refreshes ask for the granted ones only. Take them out of the settings, or grant them "
                        + "at the provider and consent anew."
                ))
        }
        if grant.ownerProof == .notProved, grant.state.word != .none {
            found.append(
                (
                    "owner_not_proved",
                    "Whose token credential \(name) holds is not proved. Set expected_owner and owner_from, and consent "
                        + "anew."
                ))
        }
        if grant.state.word == .held, !held.policy.canRenew(grant.state) {
            found.append(
                (
                    "not_renewable",
                    "The provider gave no refresh token to credential \(name), so somebody must consent anew when this "
                        + "one ends. Set offline_scope, or switch refresh tokens on at the provider."
                ))
        }
        if let end = grant.refreshEnd, end < now.adding(seconds: Int64(Limits.credentialWarningDays.value) * 86_400) {
            found.append(
                (
                    "refresh_token_ends",
                    "The refresh token of credential \(name) ends at \(end.rfc3339). Consent anew before: "
                        + "linchpin credential authorize \(name)."
                ))
        }
        return found
    }

    private static func moment(_ moment: Timestamp?) -> JSON { moment.map { .string($0.rfc3339) } ?? .null }
}
