public import Core
import Keys
import Ports
import Storage

extension Hooks {
    /// A hook whose secret a request proved.
    public struct Proved: Sendable {
        let hook: Hook
        /// The hook's name.
        public var name: String { hook.name }
    }

    /// What became of a request before anything of it was read.
    public enum Admission: Sendable {
        case proved(Proved)
        /// For the log; the caller learns nothing but that there is no such place.
        case refused(reason: String)
    }

    /// Looks whether a request for a hook proves the hook's secret, in its header, once.
    ///
    /// The store is asked the same whether there is such a hook or not, and something is compared in any case.
    ///
    /// - Parameter values: all values of the header of that name, in lowercase.
    public func admit(
        spoke: String, hook name: String, at now: Timestamp, _ values: @Sendable (_ header: String) -> [String]
    ) async throws -> Admission {
        let found = try await database.read { try HookRows.lookUp(name, in: $0) }
        let isActive = try await protocols.isActive(spoke)
        let given = values(found?.header ?? HookChoices.standardHeader)
        let hash = Hashing.sha256(Array((given.first ?? "").utf8))
        let isProved = Self.matches(hash, found, at: now)
        guard let hook = found, hook.spoke.isExactly(spoke), hook.name.isExactly(name)
        else {
            return .refused(reason: "hook_unknown")
        }
        guard hook.isActive else { return .refused(reason: "hook_inactive") }
        guard isActive else { return .refused(reason: "spoke_inactive") }
        guard !given.isEmpty else { return .refused(reason: "hook_secret_missing") }
        guard given.count == 1, isProved else { return .refused(reason: "hook_secret_wrong") }
        return .proved(Proved(hook: hook))
    }

    private static let nobody = [UInt8](repeating: 0, count: 32)

    /// Whether it is the hash of the secret, or of the one before while that is still taken.
    private static func matches(_ hash: [UInt8], _ hook: Hook?, at now: Timestamp) -> Bool {
        let old = hook?.oldSecretUntil.map { $0 > now } ?? false
        let isNew = ConstantTime.equal(hash, hook?.secret ?? nobody)
        let isOld = ConstantTime.equal(hash, (old ? hook?.oldSecret : nil) ?? nobody)
        return isNew || isOld
    }
}
