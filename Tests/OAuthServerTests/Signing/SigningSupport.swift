import Core
import Keys
import Storage
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

    /// What the token endpoint answers a client whose tokens are JWT.
    func issue(
        _ client: (id: String, secret: String), scopes: [String] = ["incident.read"]
    ) async throws -> TokenResponse {
        try await run("client.update", client.id, ["token_format": "jwt"])
        return await ask(client, scope: scopes.joined(separator: "+"))
    }

    func jwt(_ client: (id: String, secret: String)) async throws -> String {
        try #require(try await issue(client).body["access_token"]?.string)
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
                INSERT INTO token (slot, hash, client_ref, user_id, scopes, epoch, issued_at, expires_at)
                SELECT $4, $3, client_ref, user_id, scopes, epoch, issued_at, expires_at FROM token
                WHERE slot = $1 AND hash = $2
                """,
                [
                    .int(known.slot), .blob(known.hash), .blob(MachineSecret.hash(Secret(text))),
                    .int(AccessToken(text)?.slot ?? known.slot),
                ])
        }
    }
}
