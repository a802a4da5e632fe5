import AuditTrail
public import Core
import Ports
import Storage

/// How a person stands to the second factor.
public struct SecondFactorState: Sendable, Equatable {
    /// Since when there is one; nil for none.
    public let since: Timestamp?
    /// How many recovery codes are left.
    public let recoveryCodes: Int
}

/// What came of proving something in a session.
public enum ProofAnswer<R: Sendable>: Sendable {
    /// It was right, and this came of it.
    case right(R)
    /// It was not, or the user may not prove anything now.
    case wrong
    /// Too many from this address or for this user were refused within a minute; nothing was looked at.
    case tooMany
}

// What people do with their own second factor. Whoever calls this has found out who they are.
extension Identity {
    /// How the user stands to it.
    public func secondFactor(of user: UserID) async throws -> SecondFactorState {
        try await database.read { reader in
            SecondFactorState(
                since: try SecondFactorRows.find(user, in: reader)?.confirmedAt,
                recoveryCodes: try RecoveryCodes.left(of: user, in: reader))
        }
    }

    /// Makes the secret of a second factor, which counts for nothing before its first right code.
    ///
    /// Throws `HubError` of kind `conflict` when there is one already.
    public func beginSecondFactor(of user: UserID, by cause: Cause) async throws -> Enrolment {
        let new = NewFactor(effects)
        return try await database.write(.bookkeeping("a second factor without a code counts for nothing")) {
            [seal] writer in
            let account = try Self.account(user, in: writer)
            guard try SecondFactorRows.begin(try seal.close(new, of: user), of: user, at: cause.now, in: writer) else {
                throw HubError(
                    .conflict, "second_factor_set", "You have a second factor already. Remove it to set up another.")
            }
            return Enrolment(user: account.name, totp: new.totp)
        }
    }

    /// What was begun and waits for its first right code; nil for nothing.
    public func begunSecondFactor(of user: UserID) async throws -> Enrolment? {
        try await database.read { [seal] reader in
            guard let row = try SecondFactorRows.find(user, in: reader), row.confirmedAt == nil else { return nil }
            return Enrolment(
                user: try Self.account(user, in: reader).name, totp: try seal.open(row.sealed, of: user))
        }
    }

    /// Makes it count by its first right code; the recovery codes, to be shown this once, or nil for a wrong code.
    public func confirmSecondFactor(of user: UserID, code: Secret, by cause: Cause) async throws -> [Secret]? {
        let codes = RecoveryCodes.new(effects)
        let isSet = try await database.write(.change) { writer in
            try self.confirm(code, of: try Self.account(user, in: writer), codes, in: writer, by: cause)
        }
        return isSet ? codes : nil
    }

    /// Takes the user's own second factor away, for a right code.
    public func removeSecondFactor(
        of user: UserID, code: Secret, from address: String, by cause: Cause
    ) async throws -> ProofAnswer<Void> {
        try await byCode(code, of: user, from: address, by: cause) { account, writer in
            _ = try SecondFactorRows.remove(user, in: writer)
            try writer.record(AuditEvent(.secondFactorRemoved, on: account.target, by: cause))
        }
    }

    /// New recovery codes in place of the earlier ones, for a right code; they are to be shown this once.
    public func newRecoveryCodes(
        of user: UserID, code: Secret, from address: String, by cause: Cause
    ) async throws -> ProofAnswer<[Secret]> {
        let codes = RecoveryCodes.new(effects)
        return try await byCode(code, of: user, from: address, by: cause) { account, writer in
            try RecoveryCodes.replace(codes.map { RecoveryCodes.hash($0, of: user) }, of: user, in: writer)
            try writer.record(AuditEvent(.recoveryCodesMade, on: account.target, by: cause))
            return codes
        }
    }

    /// Does what takes a right code of the user's second factor. A wrong one counts like a wrong password.
    func byCode<R: Sendable>(
        _ code: Secret, of user: UserID, from address: String, by cause: Cause,
        then: @escaping @Sendable (Account, any SQLWriter) throws -> R
    ) async throws -> ProofAnswer<R> {
        let account = try await database.read { try Self.account(user, in: $0) }
        guard !isSlowedDown(.console, name: account.name, address, at: cause.now) else { return .tooMany }
        let done: R? = try await database.write(.change) { writer in
            let account = try Self.account(user, in: writer)
            guard try account.accept(in: writer, by: cause) != nil else { return nil }
            guard try self.useCode(code, of: account, in: writer, by: cause) else {
                _ = try account.refuse("wrong_code", in: writer, by: cause)
                return nil
            }
            try account.settle(in: writer)
            return try then(account, writer)
        }
        if let done { return .right(done) }
        countRefusal(.console, name: account.name, address, at: cause.now)
        return .wrong
    }

    private static func account(_ user: UserID, in reader: any SQLReader) throws -> Account {
        guard let account = try Account.find(id: user, in: reader) else {
            throw Names.unknown("user", user.rawValue)
        }
        return account
    }
}

// What administrators do with those of others.
extension Identity {
    var secondFactorOperations: [Operation] { [removeSecondFactor] }

    private var removeSecondFactor: Operation {
        Operation(
            "user", .act("remove-second-factor"), roles: [.admin],
            says: "Takes a user's second factor and recovery codes away; the password alone signs in again.",
            needsFreshProof: true
        ) { [database] request in
            try await database.write(.change) { writer in
                let user = try User.find(request.id, in: writer)
                guard try SecondFactorRows.remove(user.id, in: writer) else {
                    throw HubError(.conflict, "no_second_factor", "The user has no second factor, so nothing was done.")
                }
                try writer.record(AuditEvent(.secondFactorRemoved, on: user.target, by: request.cause))
                return .object(try User.find(user.id.rawValue, in: writer).json)
            }
        }
    }
}
