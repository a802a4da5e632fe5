import Core
import OAuthServer
public import Ports

extension PageRequest {
    /// The path to which applications send browsers for a sign-out.
    public static let logoutPath = "/oauth2/logout"

    /// What an application's request for a sign-out leads to; the session of this request is ended where that is the step.
    public func logout() async throws -> LogoutStep {
        try await carryOut(try await loggingOut.open(query, visitor: visitor, at: now))
    }

    /// What the person's yes leads to; the form's `query` is the request that was asked about.
    public func answerLogout() async throws -> LogoutStep {
        try await carryOut(try await loggingOut.answer(try Self.pairs(form("query") ?? ""), at: now))
    }

    private var loggingOut: LoggingOut { hub.oauth.loggingOut(issuer: hub.issuer) }

    private func carryOut(_ step: LogoutStep) async throws -> LogoutStep {
        if case .out = step { try await signOut() }
        return step
    }
}
