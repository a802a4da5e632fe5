public import Core

/// What checking a password that a client brought came to. Whoever brought it is told no more than that it was refused.
public enum PasswordAnswer: Sendable, Equatable {
    /// It is this user's.
    case proved(UserFacts)
    /// It is not, or the user may not sign in now.
    case refused
    /// It is, but this user signs in with a second factor, which no client can bring.
    case secondFactor
    /// Too many of this name or from this address were refused within a minute; nothing was looked at.
    case tooMany
}

/// Checks passwords of users that a client brings; Identity fills it.
public protocol PasswordChecking: Sendable {
    /// Counts wrong ones, and locks, as every sign-in does.
    ///
    /// - Parameter address: where the client is, a network of one caller.
    /// - Throws: `HubError` of kind `unavailable` when too many wait for the hash.
    func password(
        of user: String, _ password: Secret, from address: String, by cause: Cause
    ) async throws -> PasswordAnswer
}
