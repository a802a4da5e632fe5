import Core
import Ports

/// The grant types that are offered. One more is one file and one line here.
enum GrantTypes {
    static let all: [GrantType] = [.clientCredentials]
}

/// One way by which a client gets a token.
struct GrantType: Sendable {
    /// The value of `grant_type`.
    let name: String
    /// What a proved client gets, or why it gets nothing.
    let grant: @Sendable (_ request: GrantRequest) async throws -> Result<Grant, TokenRefusal>
}

/// What a grant type decides by.
struct GrantRequest: Sendable {
    let client: Client
    let form: TokenForm
    let now: Timestamp
    let users: any UserDirectory
    let scopes: any ScopeDirectory
}

/// What is granted; the endpoint makes the token.
struct Grant: Sendable {
    let user: UserFacts
    /// In the order they were asked for.
    let scopes: [String]
}
