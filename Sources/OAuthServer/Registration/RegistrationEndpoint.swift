import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// A request to `/oauth2/register`, as the edge hands it on.
public struct RegistrationRequest: Sendable {
    let authorization: [String]
    let contentType: [String]
    let body: [UInt8]
    let clientID: String

    /// Puts a request together.
    ///
    /// - Parameters:
    ///   - authorization: the values of all Authorization headers.
    ///   - contentType: the values of all Content-Type headers.
    ///   - body: within `Limits.requestBodyBytes`.
    ///   - clientID: of the path; empty for a new client.
    public init(authorization: [String], contentType: [String], body: [UInt8], clientID: String) {
        self.authorization = authorization
        self.contentType = contentType
        self.body = body
        self.clientID = clientID
    }
}

/// Registers clients that bring an initial access token (RFC 7591 §3), and lets them change what they registered
/// (RFC 7592 §2).
public struct RegistrationEndpoint: Sendable {
    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let issuer: @Sendable () -> String
    let certificates: ClientCertificates
    let changes = MinuteCounter()

    /// `POST /oauth2/register`: 201 with what was registered, its secret and its registration access token, both shown once.
    public func register(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await answer(correlation) { try await registered(request, at: now, correlation) }
    }

    private func registered(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async throws -> TokenResponse {
        let hash = try request.token(.registrationToken)
        guard let token = try await database.read({ try RegistrationTokenStore.find(hash, in: $0) }),
            token.counts(at: now)
        else { throw RegistrationRefusal.tokenUnknown }
        let metadata = try ClientMetadata(try request.object())
        let settings = try metadata.settings(
            over: ClientSettings(), allowed: token.grants, certificates: certificates.areAskedFor)
        let user = try await usable(token.user, at: now)
        let id = ClientID.new(effects)
        let publicID = ClientID.new(effects).rawValue
        let client = Client(
            id: id, publicID: publicID, name: try Self.name(metadata, publicID), application: token.application,
            isActive: true, user: user.id, tokenSeconds: Int64(Limits.accessTokenSeconds.value), epoch: 0,
            createdAt: now, updatedAt: now, scopes: try await scopes(metadata, within: token.scopes), secrets: [],
            settings: settings)
        let access = MachineSecret.new(.registrationAccess, effects)
        let registration = ClientRegistration(
            client: id, hash: MachineSecret.hash(access), user: user.id, scopes: token.scopes, grants: token.grants,
            method: metadata.method)
        let secret = metadata.needsSecret ? NewSecret(effects, at: now, until: nil) : nil
        // Nobody else acts here: the token names no person.
        let cause = Cause(client.actor, at: now, correlation)
        try await database.write(.change) { writer in
            guard try RegistrationTokenStore.use(token.id, at: now, in: writer) else {
                throw RegistrationRefusal.tokenUnknown
            }
            guard try ClientStore.insert(client, in: writer) else { throw OAuthServer.nameTaken(client.name) }
            try ClientRegistrationStore.put(registration, in: writer)
            try writer.changed(client.configRow, before: nil, after: client.history, by: cause)
            try writer.record(
                AuditEvent(
                    .clientRegistered, on: client.target, by: cause,
                    [.keyID: token.id, .user: user.name, .scope: client.scopes.joined(separator: " ")]))
            try secret?.add(to: client, by: cause, in: writer)
        }
        return .answered(
            information(client, metadata.method, access: access, secret: secret), client, status: 201)
    }

    /// What the hub answers about a client (RFC 7591 §3.2.1; RFC 7592 §3).
    ///
    /// Deviation: a secret is shown when it is made and never again, because only its hash is kept.
    func information(_ client: Client, _ method: String, access: Secret, secret: NewSecret?) -> JSON {
        func text(_ secret: Secret) -> JSON { .string(secret.reveal { String(decoding: $0, as: UTF8.self) }) }
        var members: JSONObject = [
            "client_id": .string(client.publicID), "client_id_issued_at": .int(client.createdAt.epochSeconds),
            "registration_client_uri": .string(issuer() + "/oauth2/register/" + client.publicID),
            "registration_access_token": text(access),
        ]
        if let secret {
            members["client_secret"] = text(secret.text)
            // RFC 7591 §3.2.1 (REQUIRED beside a secret): 0 is no end.
            members["client_secret_expires_at"] = .int(secret.row.until?.epochSeconds ?? 0)
        }
        for member in ClientMetadata.registered(client, method: method).members { members[member.name] = member.value }
        return .object(members)
    }

    /// Those that it names, within what its token allows; all of these where it names none (RFC 7591 §2, scope), but for the
    /// one that covers everything.
    func scopes(_ metadata: ClientMetadata, within allowed: [String]) async throws -> [String] {
        let unknown = Set(try await scopes.unknown(allowed))
        let known = allowed.filter { !unknown.contains($0) }
        guard let asked = metadata.scopes else { return known.filter { $0 != ScopeName.userAccount }.sorted() }
        guard asked.allSatisfy(known.contains) else {
            throw RegistrationRefusal.metadata(.scope, "may name: \(known.sorted().joined(separator: " ")).")
        }
        return asked.sorted()
    }

    func usable(_ id: UserID, at now: Timestamp) async throws -> UserFacts {
        try GrantRequest.usable(try await users.user(id, at: now), or: RegistrationRefusal.user).get()
    }

    /// What it calls itself, else a name of the hub's making.
    static func name(_ metadata: ClientMetadata, _ publicID: String) throws -> String {
        guard let name = metadata.name else { return "registered-" + publicID }
        guard name.utf8.count <= Limits.nameField.value else {
            throw RegistrationRefusal.metadata(.clientName, "has more than \(Limits.nameField.value) characters.")
        }
        // A client that is known by its document has its address for a name.
        guard !name.lowercased().hasPrefix("http") else {
            throw RegistrationRefusal.metadata(.clientName, "must not be an address.")
        }
        return try OAuthServer.checkedName(name)
    }

    /// Answers a refusal as RFC 7591 §3.2.2 says; never throws.
    func answer(
        _ correlation: CorrelationID, _ body: () async throws -> TokenResponse
    ) async -> TokenResponse {
        do { return try await body() } catch let refusal as RegistrationRefusal {
            return .unregistered(refusal, correlation)
        } catch let error as HubError where error.kind == .unavailable {
            return .unregistered(.busy, correlation, detail: error)
        } catch let error as HubError where [.invalid, .conflict].contains(error.kind) {
            return .unregistered(.settings(error), correlation)
        } catch {
            return .unregistered(.broken, correlation, detail: error)
        }
    }
}

/// A client's secret that was just made.
struct NewSecret: Sendable {
    let text: Secret
    let row: ClientSecret

    /// - Parameter until: as the client's policy says; nil for no end.
    init(_ effects: Effects, at now: Timestamp, until: Timestamp?) {
        text = MachineSecret.new(.clientSecret, effects)
        row = ClientSecret(
            id: ID<ClientSecret>.new(effects).rawValue, hash: MachineSecret.hash(text), createdAt: now, until: until,
            lastUsedAt: nil)
    }

    func add(to client: Client, by cause: Cause, in writer: any SQLWriter) throws {
        try OAuthServer.insert(row, of: client, at: cause.now, in: writer)
        try writer.record(AuditEvent(.secretAdded, on: client.target, by: cause, [.keyID: row.id]))
    }
}

extension RegistrationRequest {
    /// The hash of the token in the one Authorization header (RFC 6750 §2.1).
    func token(_ kind: MachineSecret.Kind) throws(RegistrationRefusal) -> [UInt8] {
        let hash = MachineSecret.hash(try presented())
        guard MachineSecret.isWellFormed(try presented(), kind) else { throw .tokenUnknown }
        return hash
    }

    func presented() throws(RegistrationRefusal) -> Secret {
        guard authorization.count == 1, let value = authorization.first else { throw .tokenMissing }
        let parts = value.split(separator: " ", omittingEmptySubsequences: false)
        // RFC 9110 §11.1: the scheme is case-insensitive.
        guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { throw .tokenMissing }
        return Secret(String(parts[1]))
    }

    /// RFC 7591 §3.1: a JSON object as application/json.
    func object() throws(RegistrationRefusal) -> JSONObject {
        let media = contentType.first?.split(separator: ";").first?.filter { $0 != " " && $0 != "\t" }.lowercased()
        guard contentType.count == 1, media == "application/json" else { throw .notJSON }
        do {
            guard let object = try JSON.read(body).object else { throw RegistrationRefusal.notJSON }
            return object
        } catch { throw .notJSON }
    }
}
