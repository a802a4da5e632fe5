import Core

extension Demo {
    /// Registers what the play needs, operation by operation, as a person would; returns the client's secret.
    func setUp() async throws -> Secret {
        try await create("/users", ["name": "hr-system", "display_name": "HR system", "web_service_only": true])
        try await create("/role-grants", ["user": "hr-system", "role": "hr_leaver_writer"])
        // The user may read incidents; the client may not. The token is what narrows.
        try await create("/role-grants", ["user": "hr-system", "role": "incident_reader"])
        try await create(
            "/scopes",
            [
                "name": "hr.leavers.write", "says": "Report a leaver.",
                "rules": [["method": "POST", "path": "/api/now/table/hr_leaver", "table": "hr_leaver"]],
            ])
        try await create(
            "/scopes",
            [
                "name": "incident.read", "says": "Read incidents.",
                "rules": [["method": "GET", "path": "/api/now/table/incident", "table": "incident"]],
            ])
        let client = try await create(
            "/clients", ["name": "hr-system", "user": "hr-system", "scopes": ["hr.leavers.write"]])
        let secret = try await admin.call("POST", "/clients/hr-system/add-secret", [:])
        try await connectOkta()
        for source in flows {
            let flow = try await create("/flows", ["source": .string(source)])
            _ = try await admin.call("POST", "/flows/\(flow["name"]?.string ?? "")/activate", [:])
        }
        guard let id = client["client_id"]?.string, let text = secret["client_secret"]?.string else {
            throw HubError(.internal, "demo", "The client or its secret is missing from the answer.")
        }
        return Secret("\(id):\(text)")
    }

    private func connectOkta() async throws {
        let key = sandboxToken.reveal { String(decoding: $0, as: UTF8.self) }
        _ = try await admin.call("POST", "/spokes/okta/activate", [:])
        try await create("/credentials", ["name": "okta-key", "kind": "api_key", "secret": .string(key)])
        try await create(
            "/connections",
            [
                "name": "okta-prod", "spoke": "okta", "url": .string(sandboxURL), "credential": "okta-key",
                "allow_loopback_http": true,
                "actions": [
                    "lookup_user", "clear_user_session", "user_groups_stream", "remove_user_from_group",
                    "suspend_user",
                ],
            ])
        try await create("/aliases", ["name": "okta-prod", "spoke": "okta", "connection": "okta-prod"])
    }

    @discardableResult private func create(_ path: String, _ body: JSON) async throws -> JSON {
        try await admin.call("POST", path, body)
    }
}
