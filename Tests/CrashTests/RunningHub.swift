import Core
import Foundation
import Hub
import Outbound
import Ports
import TestSupport
import Testing

/// A hub that runs as a process of its own.
struct RunningHub: Sendable {
    let program: Program
    let url: String
    let admin: AdminClient

    /// Runs a hub on that place while the body runs, then ends it without warning, if it still runs.
    static func run<R>(
        _ place: HubPlace, before: [String] = [], _ body: (RunningHub) async throws -> R
    ) async throws -> R {
        try await run([place], before: before) { try await body($0[0]) }
    }

    /// Runs a hub on each of these places, all started at once.
    static func run<R>(
        _ places: [HubPlace], before: [String] = [], _ body: ([RunningHub]) async throws -> R
    ) async throws -> R {
        let starting = try places.map { place in
            let program = try Program(
                behind: before, words: ["serve"], environment: place.environment,
                complaints: place.folder + "/complaints-\(UInt32.random(in: 0...9_999_999))")
            return (program, AdminClient(data: place.data))
        }
        do {
            var hubs: [RunningHub] = []
            for (program, admin) in starting {
                let line = try await program.line(with: "hub http://")
                let url = line.split(separator: " ").first { $0.hasPrefix("http://") }.map(String.init) ?? ""
                hubs.append(RunningHub(program: program, url: url, admin: admin))
            }
            let result = try await body(hubs)
            for (program, admin) in starting { try await end(program, admin) }
            return result
        } catch {
            for (program, admin) in starting { try await end(program, admin) }
            throw error
        }
    }

    /// Starts a hub and ends it without warning so long after, ready or not.
    static func interrupt(_ place: HubPlace, after milliseconds: Int64) async throws {
        let program = try Program(
            words: ["serve"], environment: place.environment, complaints: place.folder + "/interrupted")
        try await Effects.live().sleep(milliseconds)
        program.send(SIGKILL)
        #expect(await program.status() == -SIGKILL, "\(program.complaint)")
    }

    /// Returns when it says that it is ready.
    func ready(_ caller: Caller) async throws {
        _ = try await eventually("the hub is ready") {
            try await caller.send("GET", url + "/health/ready", .plain("-")).status == 200 ? true : nil
        }
    }

    private static func end(_ program: Program, _ admin: AdminClient) async throws {
        program.send(SIGKILL)
        _ = await program.status()
        try await admin.close()
    }

    /// Calls an operation.
    @discardableResult func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await admin.call(method, path, body)
    }
}

/// Where a hub's data is.
struct HubPlace: Sendable {
    let folder: String
    /// A PostgreSQL database; nil for the embedded store.
    var conninfo: String?
    /// The data folder's name; hubs that share a store have one each.
    var name = "d"
    var data: String { "\(folder)/\(name)" }
    /// Hubs that share a store share the master key.
    var masterKeyFile: String?

    var environment: [String: String] {
        var values = ["LINCHPIN_DATA": data, "LINCHPIN_HTTP_PORT": "0"]
        values["LINCHPIN_DATABASE"] = conninfo
        values["LINCHPIN_MASTER_KEY_FILE"] = masterKeyFile
        return values
    }

    /// The place of another hub on the same store, with the same master key.
    var beside: HubPlace {
        var other = self
        other.name += "-beside"
        other.masterKeyFile = masterKeyFile ?? "\(data)/master.key"
        return other
    }

    var store: StorePlace {
        conninfo.map { .postgres(conninfo: $0) } ?? .sqlite(path: data + "/hub.sqlite")
    }
}

extension TestStore {
    /// Hands over a place for a hub's data, and takes it away afterwards.
    func withHubPlace<R>(_ body: (HubPlace) async throws -> R) async throws -> R {
        try await withFolder { folder in
            switch self {
            case .sqlite: return try await body(HubPlace(folder: folder))
            case .postgres:
                return try await TestPostgres.withDatabase { try await body(HubPlace(folder: folder, conninfo: $0)) }
            }
        }
    }
}

/// Speaks HTTP as an application does.
struct Caller: Sendable {
    let client = OutboundClient()

    static func with<R>(_ body: (Caller) async throws -> R) async throws -> R {
        let caller = Caller()
        do {
            let result = try await body(caller)
            try await caller.client.shutdown()
            return result
        } catch {
            try await caller.client.shutdown()
            throw error
        }
    }

    func send(
        _ method: String, _ url: String, _ authorization: HeaderValue, header: String = "Authorization",
        json: JSON? = nil, form: String? = nil
    ) async throws -> (status: Int, json: JSON) {
        let type = form == nil ? "application/json" : "application/x-www-form-urlencoded"
        let reply = try await client.send(
            OutboundRequest(
                method: method, url: url, headers: [(header, authorization), ("Content-Type", .plain(type))],
                body: json?.bytes ?? form.map { Array($0.utf8) }, allowsLoopbackHTTP: true))
        return (reply.status, reply.body.isEmpty ? .null : try JSON.read(reply.body))
    }
}

/// An application that a hub knows.
struct Application: Sendable {
    let token: Secret
    private let basic: Secret
    private let scope: String
    var authorization: HeaderValue { .secret(prefix: "Bearer ", token) }

    /// Registers it with a scope for these tables and gets it a token.
    static func register(
        at hub: RunningHub, _ caller: Caller, name: String = "app", scope: String = "all", tables: [String],
        roles: [String]
    ) async throws -> Application {
        let (user, held) = (JSON.string(name), JSON.string(scope))
        try await hub.call("POST", "/users", ["name": user, "display_name": "App", "web_service_only": true])
        for role in roles { try await hub.call("POST", "/role-grants", ["user": user, "role": .string(role)]) }
        let rules: [JSON] = tables.flatMap { table in
            ["", "/*"].map {
                ["method": "*", "path": .string("/api/now/table/\(table)\($0)"), "table": .string(table)]
            }
        }
        try await hub.call("POST", "/scopes", ["name": held, "says": "All of it.", "rules": .array(rules)])
        let client = try await hub.call("POST", "/clients", ["name": user, "user": user, "scopes": [held]])
        let secret = try await hub.call("POST", "/clients/\(name)/add-secret", [:])
        guard let id = client["client_id"]?.string, let text = secret["client_secret"]?.string else {
            throw HubError(.internal, "test", "No client.")
        }
        let basic = Secret(Data("\(id):\(text)".utf8).base64EncodedString())
        return Application(
            token: try await ask(at: hub.url, caller, basic, scope), basic: basic, scope: scope)
    }

    /// Gets another token.
    func ask(at url: String, _ caller: Caller) async throws -> Secret {
        try await Self.ask(at: url, caller, basic, scope)
    }

    private static func ask(
        at url: String, _ caller: Caller, _ basic: Secret, _ scope: String
    ) async throws -> Secret {
        let reply = try await caller.send(
            "POST", url + "/oauth2/token", .secret(prefix: "Basic ", basic),
            form: "grant_type=client_credentials&scope=\(scope)")
        guard let token = reply.json["access_token"]?.string else {
            throw HubError(.internal, "test", "No token: \(reply.status).")
        }
        return Secret(token)
    }
}

/// Asks again, a moment later each time, until there is an answer; throws after 1,200 times.
///
/// - Parameter milliseconds: the moment; a longer one for what takes longer.
func eventually<R>(_ what: String, every milliseconds: Int64 = 25, _ ask: () async throws -> R?) async throws -> R {
    let moment = Effects.live()
    for _ in 0..<1_200 {
        if let found = try await ask() { return found }
        try await moment.sleep(milliseconds)
    }
    throw HubError(.timeout, "test", "Never: \(what)")
}
