public import Core
public import Storage

/// Tells of sign-ins inside somebody's transaction, so that nothing comes between what is seen and what is written.
public protocol SignInReading: Sendable {
    /// Whether nobody has ended the session.
    func stands(_ session: SessionID, in reader: any SQLReader) throws -> Bool
    /// Whether the user has a second factor that counts.
    func hasSecondFactor(_ user: UserID, in reader: any SQLReader) throws -> Bool
}
