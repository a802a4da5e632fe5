import Core
import Foundation
import Hub
import Outbound
import Ports

/// A hub of its own for one figure: a new data folder, the built program, an application that may call.
struct Site: Sendable {
    /// Where everything of this run lies; on the disk, not in memory.
    static let folder: String = {
        let base = ProcessInfo.processInfo.environment["BENCH_FOLDER"] ?? "/var/tmp"
        return base + "/linchpin-bench-\(ProcessInfo.processInfo.processIdentifier)"
    }()

    let data: String
    private let caller = OutboundClient()

    /// Makes the folder, hands it over, removes it.
    static func with<R>(_ body: @Sendable (Site) async throws -> R) async throws -> R {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let site = Site(data: folder + "/d")
        let result: Result<R, any Error>
        do { result = .success(try await body(site)) } catch { result = .failure(error) }
        try await site.caller.shutdown()
        try FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    /// The built program beside this one.
    private static func program(_ name: String) -> String {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appending(path: name).path
    }

    /// Runs a hub while the body runs.
    func withHub<R>(before: [String] = [], _ body: (RunningHub) async throws -> R) async throws -> R {
        let child = try Child(
            before + [Self.program("linchpin"), "serve"],
            environment: ["LINCHPIN_DATA": data, "LINCHPIN_HTTP_PORT": "0"])
        let admin = AdminClient(data: data)
        do {
            let url = Self.url(in: try await child.line(with: "hub http://"))
            let result = try await body(RunningHub(child: child, url: url, admin: admin))
            try await admin.close()
            await child.stop()
            return result
        } catch {
            try await admin.close()
            await child.stop()
            throw error
        }
    }

    /// Runs the limit's handlers over a copy of the hub's store, while the body runs.
    func withLimit<R>(_ body: (_ url: String) async throws -> R) async throws -> R {
        let copy = Self.folder + "/limit"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.createDirectory(
            atPath: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.copyItem(atPath: data + "/hub.sqlite", toPath: copy + "/hub.sqlite")
        let child = try Child([Self.program("bench"), "limit", copy + "/hub.sqlite"])
        do {
            let result = try await body(Self.url(in: try await child.line(with: "limit http://")))
            await child.stop()
            return result
        } catch {
            await child.stop()
            throw error
        }
    }

    private static func url(in line: String) -> String {
        line.split(separator: " ").first { $0.hasPrefix("http://") }.map(String.init) ?? ""
    }

    /// One request as an application or a browser sends it.
    func reply(
        _ method: String, _ url: String, headers: [String: String] = [:], body: String? = nil
    ) async throws -> OutboundReply {
        try await caller.send(
            OutboundRequest(
                method: method, url: url, headers: headers.map { ($0.key, .plain($0.value)) },
                body: body.map { Array($0.utf8) }, allowsLoopbackHTTP: true))
    }

    /// The same where the answer is JSON.
    func send(
        _ method: String, _ url: String, headers: [String: String] = [:], body: String? = nil
    ) async throws -> (status: Int, json: JSON) {
        let reply = try await reply(method, url, headers: headers, body: body)
        return (reply.status, reply.body.isEmpty ? .null : try JSON.read(reply.body, members: Limits.localMembers))
    }

    /// Registers an application that may read incidents and list spokes; returns how it authenticates and a token.
    func register(at hub: RunningHub) async throws -> CallingClient {
        try await hub.call("POST", "/users", ["name": "app", "web_service_only": true])
        for role in ["incident_reader", "incident_writer", "connection_admin"] {
            try await hub.call("POST", "/role-grants", ["user": "app", "role": .string(role)])
        }
        let rules: [JSON] = [
            ["method": "*", "path": "/api/now/table/incident/**"],
            ["method": "GET", "path": "/api/linchpin/v1/spokes"],
        ]
        try await hub.call("POST", "/scopes", ["name": "all", "rules": .array(rules)])
        let client = try await hub.call("POST", "/clients", ["name": "app", "user": "app", "scopes": ["all"]])
        let secret = try await hub.call("POST", "/clients/app/add-secret", [:])
        let basic = "\(client["client_id"]?.string ?? ""):\(secret["client_secret"]?.string ?? "")"
        let application = CallingClient(basic: "Basic " + Data(basic.utf8).base64EncodedString(), bearer: "")
        let reply = try await send(
            "POST", hub.url + "/oauth2/token", headers: application.tokenHeaders, body: CallingClient.tokenForm)
        guard let token = reply.json["access_token"]?.string else { throw BenchProblem("no token: \(reply)") }
        return CallingClient(basic: application.basic, bearer: "Bearer " + token)
    }
}

extension Site {
    /// Makes that many incidents by the Table API; returns the id of the last.
    @discardableResult func makeIncidents(
        _ count: Int, by application: CallingClient, at hub: RunningHub
    ) async throws -> String {
        var id = ""
        for number in 0..<count {
            let made = try await send(
                "POST", hub.url + "/api/now/table/incident",
                headers: application.headers.merging(["Content-Type": "application/json"]) { $1 },
                body: #"{"short_description":"Printer \#(number) is out of paper"}"#)
            guard made.status == 201 else { throw BenchProblem("\(made)") }
            id = made.json["result"]?["sys_id"]?.string ?? ""
        }
        return id
    }
}

/// A hub that runs as a program of its own.
struct RunningHub: Sendable {
    let child: Child
    let url: String
    let admin: AdminClient

    @discardableResult func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await admin.call(method, path, body)
    }
}

/// What an application sends.
struct CallingClient: Sendable {
    let basic: String
    let bearer: String

    static let tokenForm = "grant_type=client_credentials&scope=all"
    var tokenHeaders: [String: String] {
        ["Authorization": basic, "Content-Type": "application/x-www-form-urlencoded"]
    }
    var headers: [String: String] { ["Authorization": bearer] }
}
