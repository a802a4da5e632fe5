import Core
import Ports
import Storage

extension Vault {
    /// A credential with what uses it and how its rotation stands.
    func view(_ credential: Credential, at now: Timestamp, in reader: any SQLReader) throws -> JSON {
        guard case .object(var members) = credential.json else { return credential.json }
        let users = try ConnectionRows.sending(credential.id, in: reader)
        members["used_by"] = .array(users.map { .string($0.name) })
        let aliases = try users.flatMap { try AliasRows.using($0.id, in: reader) }
            .filter { alias in users.contains { $0.id == alias.activeConnectionID } }
        members["aliases"] = .array(Set(aliases.map(\.name)).sorted(by: Names.precede).map { .string($0) })
        let refusals = try Refusals.find(credential.id, in: reader)
        members["rests_until"] = refusals?.restsUntil.map { .string($0.rfc3339) } ?? .null
        let rotation = try RotationRows.find(credential, in: reader)
        let provider = try ProviderRotationRows.find(credential.id, in: reader)
        let guided = credential.rotateThrough == nil ? guide(users, credential.kind, rotation.machine.stage) : []
        members["rotate_through"] =
            try ProviderRotationRows.connection(of: credential, in: reader).map { .string($0) } ?? .null
        members["rotation"] = rotation.json(guided, provider)
        let due = try RotationRows.due(credential, in: reader)
        members["rotate_by"] = due.map { .string($0.rfc3339) } ?? .null
        var findings: [JSON] = []
        if let due, due <= now {
            findings.append(["reason": "rotation_overdue", "says": .string(credential.overdue(since: due))])
        }
        if let failure = provider.failure {
            findings.append(["reason": "rotation_failed", "says": .string(credential.failed(failure, provider))])
        }
        members["findings"] = .array(findings)
        return .object(members)
    }

    /// What a person does at the provider before the next step, as the spokes of the connections say it.
    private func guide(_ users: [Connection], _ kind: String, _ stage: RotationMachine.Stage) -> [String] {
        Set(users.map(\.spoke)).sorted(by: Names.precede).compactMap { spoke -> String? in
            guard let guide = catalogue.rotationGuide(of: spoke, credentialKind: kind) else { return nil }
            return switch stage {
            case .idle: guide.add
            case .switched: guide.retire
            case .added, .tested: nil
            }
        }
    }
}

extension Credential {
    func overdue(since due: Timestamp) -> String {
        "The secret of credential \(name) should have been rotated by \(due.rfc3339). "
            + (rotateThrough == nil
                ? "Make a new one at the provider, then: linchpin credential add-successor \(name)"
                : "Rotate it: linchpin credential rotate \(name)")
    }

    fileprivate func failed(_ failure: ProviderRotation.Failure, _ provider: ProviderRotation) -> String {
        "Rotating \(name) by itself failed. \(failure.says)"
            + (provider.nextAt.map { " The hub tries again at \($0.rfc3339)." } ?? "")
    }
}

extension Rotation {
    func json(_ guide: [String], _ provider: ProviderRotation) -> JSON {
        [
            "stage": .string(machine.stage.rawValue), "in_use": .string("version \(machine.inUse)"),
            "other": machine.other.map { .string("version \($0)") } ?? .null,
            "other_key_id": otherKeyID.map { .string($0) } ?? .null,
            "other_expires_at": otherExpiresAt.map { .string($0.rfc3339) } ?? .null,
            "tested_at": testedAt.map { .string($0.rfc3339) } ?? .null,
            "switched_at": switchedAt.map { .string($0.rfc3339) } ?? .null,
            "next": .array(machine.next.map { .string($0.act) }), "guide": .array(guide.map { .string($0) }),
            "at_provider": .string(provider.phase.rawValue),
            "goes_on_at": provider.nextAt.map { .string($0.rfc3339) } ?? .null,
        ]
    }
}
