import Core

/// `GET /api/v1/apps/{id}/grants`.
enum ListGrants {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        return .json(.array(app.grants.map { $0.json(of: app, org) }))
    }
}

/// `POST /api/v1/apps/{id}/grants`: `scopeId` and `issuer`.
enum GrantScope {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        let body = try call.object()
        guard let scope = body["scopeId"]?.string else {
            throw .validation("scopeId", "scopeId: The field cannot be left blank")
        }
        guard body["issuer"] == .string(org.baseURL) else {
            throw .validation("issuer", "issuer: The value must be \(org.baseURL).")
        }
        var app = org.apps[index]
        let grant = try org.grant(scope, to: &app, at: call.now)
        org.apps[index] = app
        org.note("app.oauth2.admin.consent.grant", app: app.id, user: org.caller.userID, at: call.now)
        return .json(grant.json(of: app, org))
    }
}

/// `GET /api/v1/apps/{id}/grants/{id}`.
enum GetGrant {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        guard let grant = app.grants.first(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], .grant)
        }
        return .json(grant.json(of: app, org))
    }
}

/// `DELETE /api/v1/apps/{id}/grants/{id}`.
enum RevokeGrant {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        guard org.apps[index].grants.contains(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], .grant)
        }
        org.apps[index].grants.removeAll { $0.id == call.parameters[1] }
        org.note("app.oauth2.admin.consent.revoke", app: org.apps[index].id, user: org.caller.userID, at: call.now)
        return .nothing
    }
}

extension ScopeGrant {
    func json(of app: App, _ org: OktaOrg) -> JSON {
        let own = "\(org.baseURL)/api/v1/apps/\(app.id)"
        return [
            "id": .string(id), "status": "ACTIVE", "created": .string(created.rfc3339),
            "lastUpdated": .string(created.rfc3339), "issuer": .string(org.baseURL), "clientId": .string(app.id),
            "scopeId": .string(scope), "source": "ADMIN",
            "_links": ["self": ["href": .string("\(own)/grants/\(id)")], "app": ["href": .string(own)]],
        ]
    }
}
