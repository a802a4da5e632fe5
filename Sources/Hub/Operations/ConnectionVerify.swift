import AuditTrail
import Core
import Identity
import Keys
import Ports
import Storage
import Vault

/// Proves a connection: the clean-up and validation list as checks with evidence, as a report that the hub signs.
struct ConnectionVerify: Sendable {
    let parts: Parts

    static let administratorToken = Field.optional(
        "administrator_token", .secret(most: Limits.credentialBytes.value),
        "A token of an administrator of the provider, for this run only; an access token begins with \"Bearer \".")

    static let declaration = Operation(
        "connection", .act("verify"), roles: [.connectionAdmin],
        says:
            "Checks a connection with evidence, for each credential that calls may use: each check is proved, refuted or "
            + "not readable. The answer is signed.",
        fields: [
            administratorToken,
            .optional("refresh", .bool, "Whether a new token is fetched to see that it works; true if left out."),
            .optional(
                "account", .text(most: Limits.nameField.value),
                "The user of this hub who stands for the service account; the one of its name if left out."),
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let depth = FactGatherer.Depth(
                tries: true, refreshes: request.bool("refresh") ?? true,
                administrator: request.secrets["administrator_token"], account: request.text("account"))
            let facts = try await FactGatherer(parts).gatherEach(request.id, depth, request.cause)
            let report = Self.report(facts)
            let signed = try SignedReport.sign(report, at: parts.effects.now(), with: parts.signing)
            try await parts.database.write(.change) { writer in
                if let event = Self.event(facts, report, request.cause) { try writer.record(event) }
            }
            return .object(signed)
        }
    }

    /// The report without its signature.
    ///
    /// - Parameter all: the facts about each credential, at least one.
    static func report(_ all: [ProvingFacts]) -> JSONObject {
        guard let facts = all.first else { return [:] }
        let judged = all.enumerated().flatMap { index, facts in
            ConnectionCheck.judge(facts, isFurther: index > 0).map {
                (credential: facts.subject?.name, check: $0.check, judgement: $0.judgement)
            }
        }
        let count = { (verdict: Judgement.Verdict) in
            JSON.int(Int64(judged.count { $0.judgement.verdict == verdict }))
        }
        return [
            "report": "connection verify", "connection": .string(facts.connection.name),
            "connection_id": .string(facts.connection.id), "spoke": .string(facts.connection.spoke),
            "url": .string(facts.connection.url), "actions": .array(facts.connection.actions.map { .string($0) }),
            "credentials": .texts(all.compactMap(\.subject?.name)),
            "account": facts.declared.map { .string($0) } ?? .null, "at": .string(facts.now.rfc3339),
            "with_administrator_token": .bool(facts.isAdministrators),
            "verdict": .string(verdict(judged.map(\.judgement)).rawValue), "proved": count(.proved),
            "refuted": count(.refuted), "not_readable": count(.notReadable),
            "checks": .array(
                judged.map { credential, check, judgement in
                    var members: JSONObject = [
                        "credential": credential.map { .string($0) } ?? .null, "check": .string(check.key),
                        "claim": .string(check.claim),
                    ]
                    for member in judgement.json.object?.members ?? [] { members[member.name] = member.value }
                    return .object(members)
                }),
            "set_up": facts.setUp.map(\.json) ?? .null,
        ]
    }

    /// Refuted as soon as one check is; proved only when all are.
    static func verdict(_ judgements: [Judgement]) -> Judgement.Verdict {
        if judgements.contains(where: { $0.verdict == .refuted }) { return .refuted }
        return judgements.contains { $0.verdict == .notReadable } ? .notReadable : .proved
    }

    private static func event(_ all: [ProvingFacts], _ report: JSONObject, _ cause: Cause) -> AuditEvent? {
        guard let facts = all.first else { return nil }
        var details: [AuditEvent.Key: String] = [.outcome: report["verdict"]?.string ?? "-"]
        let names = all.compactMap(\.subject?.name)
        if !names.isEmpty { details[.credential] = names.joined(separator: ", ") }
        if facts.isAdministrators { details[.mode] = "administrator_token" }
        return AuditEvent(
            .connectionVerified, on: .init("connection", id: facts.connection.id, name: facts.connection.name),
            by: cause, details)
    }
}
