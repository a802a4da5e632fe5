import AuditTrail
public import Core
import Ports
import Storage

// The steps of a rotation. Each is one transaction with its audit event, so that a hub which stops in between leaves the
// rotation where it was.
extension Vault {
    /// What a test of a successor came to.
    public enum SuccessorTest: Sendable, Equatable {
        case passed(says: String)
        /// It did not work; the old secret is in use as before.
        case failed(reason: String, says: String)

        var passed: Bool { if case .passed = self { true } else { false } }
    }

    var rotationOperations: [Operation] {
        [
            operation(
                .add, "Seals a successor beside the secret in use, which stays as it is.",
                [
                    .required("secret", .secret(most: Limits.credentialBytes.value), "The successor, as issued."),
                    .optional("expires_at", .time, "From when the successor is refused; never if not given."),
                    .optional(
                        "key_id", .text(most: Limits.nameField.value),
                        "Of a key: the `kid` that the provider knows it by; the one of the key in use if not given."),
                ]
            ) { try await self.addSuccessor($0) },
            operation(
                .switch, "Puts the successor to use; the old secret stays sealed and can be gone back to.",
                [
                    .optional(
                        "untested", .bool,
                        "true switches without a test, where the connection allows none; audited as such.")
                ]
            ) { request in
                try await self.take(.switch, of: request.id, untested: request.bool("untested") ?? false, request.cause)
            },
            operation(.back, "Puts the old secret to use again.") { request in
                try await self.take(.back, of: request.id, request.cause)
            },
            operation(.retire, "Deletes the old secret here. Revoke it at the provider before.") { request in
                try await self.take(.retire, of: request.id, request.cause)
            },
            operation(.drop, "Deletes the successor; the secret in use stays.") { request in
                try await self.take(.drop, of: request.id, request.cause)
            },
        ]
    }

    private func operation(
        _ step: RotationMachine.Step, _ says: String, _ fields: [Field] = [],
        _ run: @escaping @Sendable (OperationRequest) async throws -> JSON
    ) -> Operation {
        Operation("credential", .act(step.act), roles: [.credentialAdmin], says: says, fields: fields, run: run)
    }

    private func addSuccessor(_ request: OperationRequest) async throws -> JSON {
        guard let secret = request.secrets["secret"] else {
            throw HubError(.invalid, "missing_field", "credential.add-successor needs \"secret\".")
        }
        let (known, rotation) = try await database.read { reader in
            let known = try CredentialRows.find(request.id, in: reader)
            return (known, try RotationRows.find(known, in: reader))
        }
        let kind = try SecretKind.named(known.kind)
        guard !kind.settingsNeedSecret else {
            throw HubError(
                .conflict, "rotation_not_here",
                "A certificate and its private key change together, at once. Set both: "
                    + "linchpin credential update \(known.name)")
        }
        try kind.checked(secret, known.settings, catalogue)
        let keyID = request.text("key_id")
        let signs = known.settings["client_auth"] == "private_key_jwt" || known.settings["grant"] == "jwt_bearer"
        guard keyID == nil || known.kind == "oauth" && signs else {
            throw HubError(
                .invalid, "bad_field",
                "\"key_id\" is for a credential that proves itself by a key, which \(known.name) does not. Leave it out."
            )
        }
        let sealed = try sealedSuccessor(secret, of: known, rotation)
        return try await take(
            .add, of: known.id, sealed: (sealed, request.time("expires_at"), keyID), request.cause)
    }

    /// A secret sealed as the one that comes after that credential's own.
    func sealedSuccessor(_ secret: Secret, of credential: Credential, _ rotation: Rotation) throws -> SealedSecret {
        var machine = rotation.machine
        do throws(RotationMachine.Refusal) { _ = try machine.take(.add) } catch {
            throw Self.refusal(error, credential)
        }
        return try envelope.seal(secret, at: credential.place(version: machine.newest), SealingDice(effects))
    }

    /// Keeps what a test of the successor of that version came to. One that failed changes nothing else.
    public func keepTest(
        _ test: SuccessorTest, of idOrName: String, version: Int64, _ cause: Cause
    ) async throws -> JSON {
        try await take(.test, of: idOrName, tested: (test, version), cause)
    }

    /// - Parameter also: what else is kept in the same transaction.
    func take(
        _ step: RotationMachine.Step, of idOrName: String,
        sealed: (SealedSecret, expiresAt: Timestamp?, keyID: String?)? = nil,
        untested: Bool = false,
        tested: (SuccessorTest, version: Int64)? = nil, _ cause: Cause,
        also: @escaping @Sendable (Credential, any SQLWriter) throws -> Void = { _, _ in }
    ) async throws -> JSON {
        try await database.write(.change) { writer in
            let before = try CredentialRows.find(idOrName, in: writer)
            var rotation = try RotationRows.find(before, in: writer)
            let known = rotation.machine
            let effect: RotationMachine.Effect
            do throws(RotationMachine.Refusal) {
                effect = try rotation.machine.take(step, passed: tested?.0.passed ?? true, untested: untested)
            } catch { throw Self.refusal(error, before) }
            var after = before
            var details: [AuditEvent.Key: String] = [.step: step.act]
            switch effect {
            case .seal(let version):
                guard let sealed, sealed.0.version == version else { throw Self.changedMeanwhile(before) }
                rotation.otherExpiresAt = sealed.expiresAt
                rotation.otherKeyID = sealed.keyID
                rotation.testedAt = nil
                try SecretRows.insert(sealed.0, at: cause.now, in: writer)
                details[.version] = String(version)
            case .note:
                guard let tested, tested.version == known.other else { throw Self.changedMeanwhile(before) }
                rotation.testedAt = tested.0.passed ? cause.now : nil
                details[.version] = String(tested.version)
                details[.outcome] = tested.0.passed ? "passed" : "failed"
                if case .failed(let reason, _) = tested.0 { details[.reason] = reason }
            case .use(let version):
                after.secretVersion = version
                swap(&after.expiresAt, &rotation.otherExpiresAt)
                try self.swapKeyIDs(&after, &rotation)
                rotation.switchedAt = step == .switch ? cause.now : nil
                if step == .switch, known.stage != .tested { details[.outcome] = "untested" }
                details[.version] = String(version)
            case .delete(let version):
                try SecretRows.delete(before.secretID, version: version, in: writer)
                rotation.otherKeyID = nil
                details[.version] = String(version)
            }
            try RotationRows.keep(rotation, of: before.id, in: writer)
            if step == .back { try ProviderRotationRows.noteBack(before.id, in: writer) }
            try also(before, writer)
            if after != before { try self.use(&after, insteadOf: before, cause, in: writer) }
            try writer.record(
                AuditEvent(
                    .credentialRotated, on: .init("credential", id: after.id, name: after.name), by: cause, details))
            return try self.view(after, at: cause.now, in: writer)
        }
    }

    /// The id of a key goes with it.
    private func swapKeyIDs(_ credential: inout Credential, _ rotation: inout Rotation) throws {
        guard let other = rotation.otherKeyID else { return }
        // What was changed outside the hub must not be bound as the hub's own.
        guard credential.isBound(envelope) else { throw credential.changedOutside }
        rotation.otherKeyID = credential.settings["key_id"]?.string ?? ""
        credential.settings["key_id"] = other.isEmpty ? nil : .string(other)
        credential.settingsBinding = credential.binding(envelope)
    }

    /// The other secret leaves from now on: what the one before it rested for is over.
    private func use(
        _ after: inout Credential, insteadOf before: Credential, _ cause: Cause, in writer: any SQLWriter
    ) throws {
        after.updatedAt = cause.now
        try Self.release(before, by: cause, in: writer)
        try GrantRows.tryAgain(before.id, in: writer)
        try ProviderRotationRows.clearIdle(before.id, in: writer)
        guard try CredentialRows.update(after, in: writer) else { throw Names.taken("credential", after.name) }
        try writer.changed(after.row, before: before.json, after: after.json, by: cause)
    }

    static func refusal(_ refused: RotationMachine.Refusal, _ credential: Credential) -> HubError {
        let (reason, why): (String, String) =
            switch (refused.step, refused.stage) {
            case (.switch, .added): ("successor_untested", "its successor has not shown that it works")
            case (.add, _): ("rotation_open", "there is a successor or a predecessor already")
            case (_, .idle): ("no_successor", "it has one secret only")
            case (_, .switched): ("already_switched", "its successor is in use")
            case (_, .added), (_, .tested): ("not_switched", "its successor is not in use yet")
            }
        let next = RotationMachine(stage: refused.stage, inUse: 0, other: 1).next
            .map { "linchpin credential \($0.act) \(credential.name)" }.joined(separator: ", or ")
        return HubError(
            .conflict, reason,
            "Credential \(credential.name) can't do \"\(refused.step.act)\" now: \(why). Next: \(next).")
    }
}
