public import Core

/// An unsealed credential, for the outgoing socket only.
public struct ResolvedCredential: Sendable {
    /// The credential.
    public let id: CredentialID
    /// Its name.
    public let name: String
    /// Its kind, as spoke files spell it: `api_key`.
    public let kind: String
    /// The secret itself; for OAuth the access token, once `CredentialSource.live` has brought it.
    public let secret: Secret
    /// Which version of the secret it is, so that a refusal of an old one is not counted against a new one; for OAuth the
    /// generation of the token set.
    public let version: Int64
    /// What does not need to be secret: a user's name, a header's name.
    public let settings: JSONObject
    /// Under OAuth: what the token may do; nil for every other kind.
    public let token: OutsideToken?

    /// States a credential.
    public init(
        id: CredentialID, name: String, kind: String, secret: Secret, version: Int64 = 1,
        settings: JSONObject = JSONObject(), token: OutsideToken? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.secret = secret
        self.version = version
        self.settings = settings
        self.token = token
    }
}

/// An outside access token, apart from its text.
public struct OutsideToken: Sendable {
    /// Makes the proof that goes beside a token bound to a key (RFC 9449 §4.2), for one method, address and nonce.
    public typealias ProofMaking = @Sendable (_ method: String, _ url: String, _ nonce: String?) throws -> String

    /// The scopes that it holds, or before the first token those that will be asked for.
    public let scopes: Set<String>
    /// Nil for a token that whoever has it may use (RFC 6750 §1).
    public let proof: ProofMaking?

    /// States a token.
    public init(scopes: Set<String>, proof: ProofMaking? = nil) {
        self.scopes = scopes
        self.proof = proof
    }
}

/// What a call gets that needs a live credential. Failures are values: a flow decides on them.
public enum LiveCredential: Sendable {
    /// It may be sent.
    case live(ResolvedCredential)
    /// There is none, and a person has to do something.
    case refused(reason: String, says: String)
    /// There is none now; the same call may be made again from that moment on.
    case later(reason: String, says: String, until: Timestamp)
}

/// Resolves aliases at run time.
public protocol CredentialSource: Sendable {
    /// The alias's one active connection and its usable credentials, unsealed; under OAuth without a token yet.
    ///
    /// Throws `HubError`: `notFound` for an unknown alias, `conflict` when it has no active connection, or no
    /// credential that may be used now.
    func resolve(alias: String) async throws -> ResolvedConnection
    /// Where the alias leads, whatever its credentials; nil where it leads nowhere.
    func target(alias: String) async throws -> CallTarget?
    /// The credential as it may be sent now. Under OAuth this may fetch a token, and only one hub does.
    ///
    /// - Parameter refused: the version that the outside system just refused with 401; a newer one is wanted.
    func live(
        _ credential: ResolvedCredential, refused: Int64?, _ cause: Cause
    ) async throws -> LiveCredential
    /// Takes note that the outside system refused a credential as such; one that is refused too often rests.
    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws
}

extension CredentialSource {
    /// Where a call would go.
    public func target(alias: String) async throws -> CallTarget? {
        do {
            return try await resolve(alias: alias).target
        } catch let error as HubError where error.kind == .notFound || error.kind == .conflict {
            return nil
        }
    }

    /// Live as it is.
    public func live(
        _ credential: ResolvedCredential, refused: Int64?, _ cause: Cause
    ) async throws -> LiveCredential { .live(credential) }
}

/// Where a provider issues tokens, and how, as its spoke's file states it.
public struct OAuthTemplate: Sendable, Equatable {
    /// How the owner of a token is read.
    public enum OwnerSource: String, Sendable, CaseIterable {
        /// The userinfo endpoint (OpenID Connect Core 1.0 §5.3).
        case userinfo
        /// The introspection endpoint (RFC 7662 §2).
        case introspection
        /// Not at all.
        case none
    }

    /// Addresses by their settings' names (`authorize_url`, `token_url`, …), with `{connection.url}` and `{api_version}`.
    public let endpoints: [String: String]
    /// The version that stands in the addresses unless another is given.
    public let apiVersion: String
    /// The scope that brings a refresh token; nil when none is needed.
    public let offlineScope: String?
    /// Whether presenting a refresh token twice does no harm.
    public let repeatIsSafe: Bool
    /// For how many seconds the provider takes a replaced refresh token once more.
    public let graceSeconds: Int64
    /// How the owner of a token is read, and the JSON Pointer to its name there.
    public let owner: OwnerSource
    public let ownerPointer: String
    /// Every scope that an action of the spoke needs.
    public let scopes: [String]

    /// States a template.
    public init(
        endpoints: [String: String], apiVersion: String, offlineScope: String?, repeatIsSafe: Bool,
        graceSeconds: Int64, owner: OwnerSource, ownerPointer: String, scopes: [String]
    ) {
        self.endpoints = endpoints
        self.apiVersion = apiVersion
        self.offlineScope = offlineScope
        self.repeatIsSafe = repeatIsSafe
        self.graceSeconds = graceSeconds
        self.owner = owner
        self.ownerPointer = ownerPointer
        self.scopes = scopes
    }
}
