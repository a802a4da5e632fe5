import Core
import Foundation

/// Debian's Glewlwyd, an authorization server in C, as the comparison: its own folder, SQLite as it sets it, on loopback.
///
/// Its access tokens are always signed; here by HMAC, which costs it least.
struct Glewlwyd: Sendable {
    let url: String

    static let headers = [
        "Authorization": "Basic " + Data("bench:bench-secret".utf8).base64EncodedString(),
        "Content-Type": "application/x-www-form-urlencoded",
    ]

    private static let program = "/usr/bin/glewlwyd"
    private static let schema = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"

    /// Runs it while the body runs.
    static func with<R>(_ site: Site, _ body: (Glewlwyd) async throws -> R) async throws -> R {
        guard FileManager.default.isExecutableFile(atPath: program), FileManager.default.fileExists(atPath: schema)
        else { throw BenchProblem("Glewlwyd is not installed. Type: apt-get install -y glewlwyd sqlite3") }
        let folder = Site.folder + "/glewlwyd"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let url = "http://127.0.0.1:\(20_000 + ProcessInfo.processInfo.processIdentifier % 20_000)"
        try write(client(url), to: folder + "/client.sql")
        try write(configuration(url, folder), to: folder + "/conf")
        _ = try await Child.output(
            ["sh", "-c", "cat \"$1\" \"$2/client.sql\" | sqlite3 \"$2/store\"", "sh", schema, folder])
        let child = try Child([program, "-c", folder + "/conf"])
        let server = Glewlwyd(url: url + "/api/oidc")
        do {
            try await server.begin(site)
            let result = try await body(server)
            await child.stop()
            return result
        } catch {
            await child.stop()
            throw error
        }
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Waits until it gives tokens.
    private func begin(_ site: Site) async throws {
        for _ in 0..<100 {
            do { if try await token(site) != nil { return } } catch {
                // It does not listen yet.
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchProblem("Glewlwyd runs and gives no tokens")
    }

    /// A token of its client; nil where it gives none.
    func token(_ site: Site) async throws -> String? {
        try await site.send("POST", url + "/token", headers: Self.headers, body: CallingClient.tokenForm)
            .json["access_token"]?.string
    }

    /// One plugin that gives tokens for client credentials, and one client, put where it keeps them itself.
    private static func client(_ url: String) -> String {
        """
        INSERT INTO g_plugin_module_instance (gpmi_module, gpmi_name, gpmi_parameters) VALUES ('oidc', 'oidc',
        '{"iss":"\(url)","jwt-type":"sha","jwt-key-size":"256","key":"a key of the bench, long enough for HMAC",
        "access-token-duration":3600,"refresh-token-duration":3600,"code-duration":60,"allow-non-oidc":true,
        "auth-type-id-token-enabled":true,"auth-type-client-enabled":true,"subject-type":"public",
        "introspection-revocation-allowed":true,"introspection-revocation-allow-target-client":true,
        "introspection-revocation-auth-scope":[]}');
        INSERT INTO g_client (gc_client_id, gc_confidential) VALUES ('bench', 1);
        INSERT INTO g_client_scope (gcs_name) VALUES ('all');
        INSERT INTO g_client_scope_client (gc_id, gcs_id) VALUES (1, 1);
        INSERT INTO g_client_property (gc_id, gcp_name, gcp_value) VALUES (1, 'client_secret', 'bench-secret'),
        (1, 'authorization_type', 'client_credentials'), (1, 'token_endpoint_auth_method', 'client_secret_basic');
        """
    }

    private static func configuration(_ url: String, _ folder: String) -> String {
        """
        port=\(url.split(separator: ":").last ?? "")
        bind_address="127.0.0.1"
        external_url="\(url)/"
        api_prefix="api"
        log_mode="console"
        log_level="ERROR"
        session_key="GLEWLWYD2_SESSION_ID"
        admin_scope="g_admin"
        profile_scope="g_profile"
        user_module_path="/usr/lib/glewlwyd/user"
        client_module_path="/usr/lib/glewlwyd/client"
        user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
        plugin_module_path="/usr/lib/glewlwyd/plugin"
        database = { type = "sqlite3"; path = "\(folder)/store"; };
        """
    }
}
