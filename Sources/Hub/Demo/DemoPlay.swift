import Core
import Foundation
import Ports

extension Demo {
    private static let leaver = "mara.lindqvist@acme.example"

    func askForToken(_ client: Secret, _ stage: DemoStage) async throws -> Secret {
        let basic = client.reveal { Secret(Data($0).base64EncodedString()) }
        let reply = try await send(
            "POST", "/oauth2/token", form: "grant_type=client_credentials&scope=hr.leavers.write",
            authorization: .secret(prefix: "Basic ", basic))
        let json = try JSON.read(reply.body)
        guard reply.status == 200, let token = json["access_token"]?.string else {
            throw HubError(.internal, "demo", "The token endpoint answered \(reply.status).")
        }
        let minutes = (json["expires_in"]?.int ?? 0) / 60
        let scope = json["scope"]?.string ?? "-"
        stage.line("hr-system", "asks for a token", "allowed", "scope \(scope), \(minutes) min")
        stage.expect(scope == "hr.leavers.write", "the token should carry hr.leavers.write and nothing else")
        return Secret(token)
    }

    /// Posts the leaver; returns the correlation id that everything after it carries.
    func postLeaver(_ token: Secret, _ stage: DemoStage) async throws -> String {
        let reply = try await send(
            "POST", "/api/now/table/hr_leaver",
            json: ["name": "Mara Lindqvist", "email": .string(Self.leaver), "status": "leaving"],
            authorization: .secret(prefix: "Bearer ", token))
        let name = try JSON.read(reply.body)["result"]?["name"]?.string ?? "-"
        stage.line("hr-system", "POST /api/now/table/hr_leaver", "\(reply.status)", "\(name), leaving")
        stage.expect(reply.status == 201, "the record should be created")
        return reply.header("x-correlation-id") ?? "-"
    }

    func followOffboarding(_ correlation: String, _ stage: DemoStage) async throws {
        let execution = try await ended(flow: "offboard-leaver", correlation: correlation)
        stage.line("offboard-leaver", "starts because hr_leaver was inserted", "")
        for step in DemoStep.summed(execution["steps"]?.array ?? []) {
            stage.line("  " + step.name, step.title, step.outcome, step.seen)
        }
        stage.expect(
            execution["state"]?.string == "done", "the execution ended \(execution["state"]?.string ?? "-")")
    }

    /// Shows what the log has of the offboarding, in and out; the same calls one after another are one line.
    func showTransactions(_ correlation: String, _ stage: DemoStage) async throws {
        let rows = try await admin.call("GET", "/transactions/\(correlation)")["items"]?.array ?? []
        var lines: [(text: String, count: Int)] = []
        for row in rows {
            let direction = row["direction"]?.string == "in" ? "in " : "out"
            let text =
                "\(direction)  \(row["status"]?.int ?? 0)  \(row["method"]?.string ?? "-") \(row["path"]?.string ?? "-")"
            if lines.last?.text == text { lines[lines.count - 1].count += 1 } else { lines.append((text, 1)) }
        }
        stage.sum("the log has, under \(correlation):")
        for line in lines { stage.note(line.text + (line.count > 1 ? "  × \(line.count)" : "")) }
        stage.expect(rows.count { $0["direction"]?.string == "out" } >= 4, "the calls to Okta should be in the log")
    }

    func readIncidents(_ token: Secret, _ stage: DemoStage) async throws {
        let reply = try await send(
            "GET", "/api/now/table/incident", authorization: .secret(prefix: "Bearer ", token))
        let correlation = reply.header("x-correlation-id") ?? "-"
        let found = try await admin.call("GET", "/transactions/\(correlation)")
        let decision = found["items"]?.array?.first?["decision"]
        stage.line(
            "hr-system", "GET /api/now/table/incident", reply.status == 403 ? "refused" : "\(reply.status)",
            evidence(of: decision))
        stage.note("would pass with: \(decision?["would_pass_with"]?.string ?? "-")")
        stage.expect(reply.status == 403, "reading incidents should be refused")
        stage.expect(decision != nil, "the refusal should open by its correlation id \(correlation)")
    }

    func purge(_ stage: DemoStage) async throws {
        let started = try await admin.call(
            "POST", "/flows/purge-user/run", ["input": ["login": .string(Self.leaver)]])
        let id = started["execution"]?.string ?? ""
        let execution = try await ended(id: id)
        let step = execution["steps"]?.array?.first { $0["state"]?.string == "refused" }
        let says = (step?["says"]?.string ?? "").split(separator: ". ", maxSplits: 1).map(String.init)
        stage.line(
            "purge-user", step?["title"]?.string ?? "Delete User", step == nil ? "sent" : "refused", says.first ?? "")
        if says.count == 2 { stage.note(says[1]) }
        stage.note("Nothing was sent. The API key itself could do it: that is residual reach.")
        stage.expect(step != nil, "deleting the user should be refused")
    }

    func account(_ correlation: String, _ stage: DemoStage) async throws {
        let rows = try await admin.call("GET", "/transactions?most=200")["items"]?.array ?? []
        let refused = rows.filter { $0["outcome"]?.string == "refused" }
        let incoming = rows.filter { $0["direction"]?.string == "in" }
        let own = incoming.count { $0["client"]?.string == "hr-system" }
        // What the gate refused was never sent.
        let sent = rows.count - incoming.count - refused.count { $0["direction"]?.string == "out" }
        stage.sum(
            "\(own) requests in, \(sent) out, \(refused.count) refused; "
                + "\(incoming.count - own) more by the demo itself, over the hub's own socket")
        stage.note("each by its correlation id: linchpin log show \(correlation) --data \(data)")
        if !staysUp { stage.note("start the hub again to look: linchpin serve --data \(data)") }
        var verified = try await admin.call("POST", "/audit-events/verify", [:])
        for _ in 0..<100 where verified["pending"]?.int != 0 {
            try await effects.sleep(50)
            verified = try await admin.call("POST", "/audit-events/verify", [:])
        }
        stage.sum("audit verify: \(verified["says"]?.string ?? "-")")
        stage.expect(verified["intact"]?.bool == true, "the audit trail should be intact")
    }

    private func evidence(of decision: JSON?) -> String {
        let failed = decision?["checks"]?.array?.first { $0["outcome"]?.string == "failed" }
        return failed?["evidence"]?.string ?? "-"
    }

    /// Waits for the execution that a request started.
    private func ended(flow: String, correlation: String) async throws -> JSON {
        for _ in 0..<600 {
            let items = try await admin.call("GET", "/executions?flow=\(flow)")["items"]?.array ?? []
            if let mine = items.first(where: { $0["correlation"]?.string == correlation }),
                let id = mine["id"]?.string
            {
                return try await ended(id: id)
            }
            try await effects.sleep(50)
        }
        throw HubError(.timeout, "demo", "The flow \(flow) did not start.")
    }

    private func ended(id: String) async throws -> JSON {
        for _ in 0..<600 {
            let execution = try await admin.call("GET", "/executions/\(id)")
            if let state = execution["state"]?.string, !["waiting", "running"].contains(state) { return execution }
            try await effects.sleep(50)
        }
        throw HubError(.timeout, "demo", "The execution \(id) did not end.")
    }

    private func send(
        _ method: String, _ path: String, json: JSON? = nil, form: String? = nil, authorization: HeaderValue
    ) async throws -> OutboundReply {
        let type = form == nil ? "application/json" : "application/x-www-form-urlencoded"
        var headers: [(name: String, value: HeaderValue)] = [("Authorization", authorization)]
        if json != nil || form != nil { headers.append(("Content-Type", .plain(type))) }
        return try await outbound.send(
            OutboundRequest(
                method: method, url: hubURL + path, headers: headers, body: json?.bytes ?? form.map { Array($0.utf8) },
                allowsLoopbackHTTP: true))
    }
}
