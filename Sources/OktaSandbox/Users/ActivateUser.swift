import Core

/// `POST /api/v1/users/{id}/lifecycle/activate`: from STAGED and DEPROVISIONED.
enum ActivateUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let mails = try call.flag("sendEmail", standard: true)
        let index = try org.index(ofUser: call.parameters[0])
        guard [.staged, .deprovisioned].contains(org.persons[index].status) else { throw .alreadyActive }
        org.persons[index].activate(at: call.now)
        org.note("user.lifecycle.activate", "Activate a user", [.user(org.persons[index])], call)
        return org.activationLink(mails: mails)
    }
}

/// `POST /api/v1/users/{id}/lifecycle/reactivate`: from PROVISIONED and RECOVERY.
enum ReactivateUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let mails = try call.flag("sendEmail", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        guard [.provisioned, .recovery].contains(org.persons[index].status) else { throw .notInThisState }
        org.persons[index].become(.provisioned, at: call.now)
        org.note("user.lifecycle.reactivate", "Start an activation again", [.user(org.persons[index])], call)
        return org.activationLink(mails: mails)
    }
}

extension Person {
    /// Without a password the user has yet to follow the link.
    mutating func activate(at now: Timestamp) {
        become(passwordChanged == nil ? .provisioned : .active, at: now)
        activated = now
    }
}

extension OktaOrg {
    /// Nothing when Okta mails the link, else the link itself. It leads nowhere here.
    mutating func activationLink(mails: Bool) -> Answer {
        if mails { return .json(.object(JSONObject())) }
        let token = dice.letters(20)
        return .json(["activationUrl": .string("\(baseURL)/welcome/\(token)"), "activationToken": .string(token)])
    }
}
