import Core

/// `DELETE /api/v1/users/{id}/sessions`: from any status.
enum RevokeUserSessions {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let endsTokens = try call.flag("oauthTokens", standard: false)
        _ = try call.flag("forgetDevices", standard: true)
        let index = try org.index(ofUser: call.parameters[0])
        org.persons[index].sessions = 0
        org.oauth.endBrowsers(ofUser: org.persons[index].id)
        if endsTokens { org.oauth.endTokens(ofUser: org.persons[index].id) }
        org.note("user.session.clear", "End a user's sessions", [.user(org.persons[index])], call)
        return .nothing
    }
}
