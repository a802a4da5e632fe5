import Core
import Keys
import Storage
import Synchronization
import TestSupport
import Testing

@testable import OAuthServer

extension OAuthDesk {
    /// Hands over two hubs over one store, each with a store object of its own.
    static func pair(_ store: TestStore, _ body: (OAuthDesk, OAuthDesk) async throws -> Void) async throws {
        try await store.withPlace { place in
            let (one, other) = (try await place.open(), try await place.open())
            _ = try await Migrator.bring(one, to: OAuthServer.migrations, at: Timestamp(epochSeconds: 1_790_000_000))
            let desk = OAuthDesk(one)
            let result: Result<Void, any Error>
            do { result = .success(try await body(desk, OAuthDesk(other, time: desk.time))) } catch {
                result = .failure(error)
            }
            await one.close()
            await other.close()
            try result.get()
        }
    }

    var signing: SigningKeys { server.signing }

    /// Reads the feed, as the hub's loop does.
    func follow() async throws {
        try await database.epochs.follow(database, at: time.effects.monotonicNanoseconds())
    }

    /// What the token endpoint makes for a client, as a JWT.
    func issue(
        _ client: (id: String, secret: String), scopes: [String] = ["incident.read"]
    ) async throws -> Result<Secret, TokenRefusal> {
        let endpoint = server.tokenEndpoint
        let proved = try await endpoint.authenticator.authenticate(
            authorization: [basic(client.id, client.secret)], form: TokenForm(parameters: FormParameters([])),
            at: time.now)
        let user = try #require(try await world.user("svc.hr", at: time.now))
        return try await endpoint.issue(
            Grant(user: user, scopes: scopes), to: try proved.get(), by: .clientCredentials, as: .jwt, time.cause())
    }

    func jwt(_ client: (id: String, secret: String)) async throws -> String {
        try await issue(client).get().reveal { String(decoding: $0, as: UTF8.self) }
    }

    /// The states of an algorithm's keys, the newest first.
    func states(_ algorithm: JWSAlgorithm = .es256) async throws -> [TokenKey.State] {
        try await signing.keys().filter { $0.algorithm == algorithm }.map { $0.state(at: time.now) }
    }

    /// The `kid`s of the key set.
    func published() async throws -> Set<String> {
        Set((try await signing.keySet(at: time.now)["keys"]?.array ?? []).compactMap { $0["kid"]?.string })
    }

    /// Puts the row of a token there whatever its text is, so that only the reading of the text can refuse it.
    func plant(_ text: String, like token: String) async throws {
        let known = try #require(AccessToken(token))
        try await database.write(.bookkeeping("a token that nobody issued")) { writer in
            try writer.run(
                """
                INSERT INTO token (issued_hour, hash, client_ref, user_id, scopes, epoch, issued_at, expires_at)
                SELECT issued_hour, $3, client_ref, user_id, scopes, epoch, issued_at, expires_at FROM token
                WHERE issued_hour = $1 AND hash = $2
                """, [.int(known.issuedHour), .blob(known.hash), .blob(MachineSecret.hash(Secret(text)))])
        }
    }
}

/// A store that counts its readings.
final class CountingDatabase: Database {
    private let inner: any Database
    private let count = Mutex(0)

    init(_ inner: any Database) { self.inner = inner }

    var reads: Int { count.withLock { $0 } }
    var dialect: Dialect { inner.dialect }
    var epochs: EpochFeed { inner.epochs }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        count.withLock { $0 += 1 }
        return try await inner.read(body)
    }

    @discardableResult
    func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        try await inner.write(kind, body)
    }

    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }
    func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    func close() async { await inner.close() }
}
