import Core
import Foundation
import Ports
import TestSupport
import Testing

/// The database goes away under a hub and comes back.
@Suite(.serialized) struct DatabaseGoneTests {
    @Test(
        "while it is gone every surface says so with 503; when it is back the hub is well by itself, and all is there",
        arguments: [("stopped in order", SIGINT), ("crashed", SIGQUIT)])
    func gone(_ way: (name: String, signal: Int32)) async throws {
        try await OwnPostgres.with { server in
            try await withFolder { folder in
                try await Caller.with { caller in
                    try await RunningHub.run(HubPlace(folder: folder, conninfo: server.conninfo)) { hub in
                        try await gone(way.signal, server, hub, caller)
                    }
                }
            }
        }
    }

    private func gone(
        _ signal: Int32, _ server: OwnPostgres, _ hub: RunningHub, _ caller: Caller
    ) async throws {
        let app = try await Application.register(at: hub, caller, tables: ["incident"], roles: ["incident_writer"])
        let table = hub.url + "/api/now/table/incident"
        let before = try await post("before", to: table, app, caller)
        #expect(before.status == 201)
        for outage in 1...2 {
            await server.stop(signal)
            for _ in 1...3 {
                let read = try await caller.send("GET", table, app.authorization)
                #expect(read.status == 503)
                #expect(read.json.value(at: "/error/message")?.string?.contains("database") == true, "\(read.json)")
                let lost = try await post("lost", to: table, app, caller)
                #expect(lost.status == 503)
            }
            let token = try await caller.send(
                "POST", hub.url + "/oauth2/token", .plain("Basic " + Data("no:body".utf8).base64EncodedString()),
                form: "grant_type=client_credentials")
            #expect(token.status == 503)
            let refused = await #expect(throws: HubError.self) {
                try await hub.call("POST", "/groups", ["name": "lost"])
            }
            #expect(refused?.kind == .unavailable, "\(refused?.reason ?? "done"): \(refused?.message ?? "")")
            _ = try await eventually("it says that it is not ready") {
                try await caller.send("GET", hub.url + "/health/ready", .plain("-")).status == 503 ? true : nil
            }
            let live = try await caller.send("GET", hub.url + "/health/live", .plain("-"))
            #expect(live.status == 200, "a restart would not help")
            try await server.start()
            try await hub.ready(caller)
            let after = try await post("after \(outage)", to: table, app, caller)
            #expect(after.status == 201, "the token of before counts")
        }
        let found = try await caller.send("GET", table + "?sysparm_query=ORDERBYsys_created_on", app.authorization)
        let texts = found.json["result"]?.array?.compactMap { $0["short_description"]?.string }
        #expect(Set(texts ?? []) == ["before", "after 1", "after 2"])
        let groups = try await hub.call("GET", "/groups")["items"]?.array
        #expect(groups == [])
        try await KillCheck.chain(hub, "after the outages")
        // One line when a service begins to fail, one when it is well again.
        let lines = hub.program.complaint.split(separator: "\n").filter { $0.contains("a service") }
        #expect(Set(lines.map { $0.contains("fails") }) == [true, false])
        #expect(lines.count <= 40, "\(lines.count) lines")
    }

    private func post(
        _ text: String, to table: String, _ app: Application, _ caller: Caller
    ) async throws -> (status: Int, json: JSON) {
        try await caller.send("POST", table, app.authorization, json: ["short_description": .string(text)])
    }
}
