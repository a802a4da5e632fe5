import Core

/// `GET /api/v1/apps/{id}`.
enum GetApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        return .json(AppExpansion(app: app, user: try AppExpansion.user(call, org)).listing(baseURL: org.baseURL))
    }
}
