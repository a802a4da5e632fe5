import Core

/// What proves a user beside the password.
struct Factor: Sendable, Equatable {
    let id: String
    let type: String
    let provider: String
    let created: Timestamp

    func json(of userID: String, baseURL: String) -> JSON {
        let user = "\(baseURL)/api/v1/users/\(userID)"
        return [
            "id": .string(id), "factorType": .string(type), "provider": .string(provider),
            "vendorName": .string(provider), "status": "ACTIVE", "created": .string(created.rfc3339),
            "lastUpdated": .string(created.rfc3339), "profile": [:],
            "_links": [
                "self": ["href": .string("\(user)/factors/\(id)"), "hints": ["allow": ["GET", "DELETE"]]],
                "user": ["href": .string(user), "hints": ["allow": ["GET"]]],
            ],
        ]
    }
}

/// `GET /api/v1/users/{id}/factors`: all of them; no pages.
enum ListFactors {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let person = org.persons[try org.index(ofUser: call.parameters[0])]
        return .json(.array(person.factors.map { $0.json(of: person.id, baseURL: org.baseURL) }))
    }
}

/// `DELETE /api/v1/users/{id}/factors/{factor}`.
enum UnenrollFactor {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("removeRecoveryEnrollment", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        let id = call.parameters[1]
        guard let place = org.persons[index].factors.firstIndex(where: { $0.id == id }) else {
            throw .notFound(id, .factor)
        }
        let factor = org.persons[index].factors.remove(at: place)
        org.note(
            "user.mfa.factor.deactivate", "Remove a factor of a user", [.user(org.persons[index]), .factor(factor)],
            call)
        return .nothing
    }
}

/// `POST /api/v1/users/{id}/lifecycle/reset_factors`: from any status but DEPROVISIONED.
///
/// Deviation: which statuses allow it is not documented; the org offers the link for four of them.
enum ResetFactors {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status != .deprovisioned else { throw .notInThisState }
        org.persons[index].factors = []
        org.note("user.mfa.factor.reset_all", "Remove all factors of a user", [.user(org.persons[index])], call)
        return .json([:])
    }
}
