public import Core
import Keys
public import Ports
import Storage
import Synchronization

extension Identity {
    /// Checks a name and a password that came with a call (RFC 7617 §2); nil unless this user may call so and it is right.
    ///
    /// Counts wrong passwords and locks like every sign-in, but only against users who may call this way: for the rest it
    /// costs as much time and leaves no trace, so that nobody is locked out of the console from here. Too many refusals of
    /// one name or from one address slow down, as they do there. A right password is
    /// remembered for `Limits.basicSeconds`, so that a program's calls do not each cost a hash and an event; whatever
    /// changes about the user counts at once.
    /// - Parameter address: where the call came from, a network of one caller.
    /// - Throws: `HubError`: `unavailable` when too many wait for the hash, `tooManyRequests` after too many refusals.
    public func checkBasic(
        user name: String, password: Secret, from address: String, by cause: Cause
    ) async throws -> UserFacts? {
        guard password.count > 0, password.count <= Limits.passwordBytes.value else { return nil }
        let (account, isAllowed) = try await database.read { reader in
            (
                try Account.find(name, in: reader),
                try reader.row("SELECT basic_allowed FROM principal_user WHERE name = $1", [.text(name)])?
                    .bool("basic_allowed") ?? false
            )
        }
        let key = account.map { provedPasswords.key(of: $0, password, effects) }
        if isAllowed, let account, let key, provedPasswords.holds(key, at: cause.now) {
            return try await database.read { try Self.facts(account.id.rawValue, at: cause.now, in: $0) }
        }
        guard !isSlowedDown(.basic, name: name, address, at: cause.now) else {
            throw HubError(.tooManyRequests, "too_many_sign_ins", "Too many passwords were refused. Wait for a minute.")
        }
        var answer = SignIn.refused
        if isAllowed {
            answer = try await checkPassword(user: name, password: password, by: cause)
        } else {
            _ = try await hasher.hash(password, salt: effects.randomBytes(Passwords.saltBytes))
            try await sum("basic_not_allowed", isRecorded: false, by: cause)
        }
        guard case .accepted(let facts) = answer else {
            countRefusal(.basic, name: name, address, at: cause.now)
            return nil
        }
        if let key { provedPasswords.keep(key, at: cause.now) }
        return facts
    }
}

/// Passwords that were right a moment ago, as hashes with a salt that never leaves this process.
final class ProvedPasswords: Sendable {
    private struct State {
        var salt: [UInt8] = []
        var until: [[UInt8]: Timestamp] = [:]
    }

    private let state = Mutex(State())

    /// Stands for this password of this user as it is stored now; a new password is another key.
    func key(of account: Account, _ password: Secret, _ effects: Effects) -> [UInt8] {
        let salt = state.withLock { state in
            if state.salt.isEmpty { state.salt = effects.randomBytes(32) }
            return state.salt
        }
        let start = salt + Array("\(account.id.rawValue)\n\(account.password ?? "")\n".utf8)
        return MachineSecret.hash(Passwords.joined(start, password))
    }

    func holds(_ key: [UInt8], at now: Timestamp) -> Bool {
        state.withLock { state in state.until[key].map { now < $0 } ?? false }
    }

    func keep(_ key: [UInt8], at now: Timestamp) {
        state.withLock { state in
            if state.until.count >= Limits.basicRemembered.value { state.until = state.until.filter { now < $0.value } }
            guard state.until.count < Limits.basicRemembered.value else { return }
            state.until[key] = now.adding(seconds: Int64(Limits.basicSeconds.value))
        }
    }
}
