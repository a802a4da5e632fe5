import Core

extension Person {
    /// The user as a single GET shows it, with what its status permits under `_links`; a listing leaves those out.
    func json(baseURL: String, listed: Bool = false) -> JSON {
        [
            "id": .string(id),
            "status": .string(status.rawValue),
            "created": .string(created.rfc3339),
            "activated": Self.moment(activated),
            "statusChanged": Self.moment(statusChanged),
            "lastLogin": Self.moment(lastLogin),
            "lastUpdated": .string(lastUpdated.rfc3339),
            "passwordChanged": Self.moment(passwordChanged),
            "type": ["id": .string(typeID)],
            "profile": .object(profile),
            "credentials": credentials,
            "_links": listed
                ? ["self": ["href": .string("\(baseURL)/api/v1/users/\(id)")]] : .object(links(baseURL: baseURL)),
        ]
    }

    /// Tells versions of a user apart.
    func tag(baseURL: String) -> String { "W/\"\(Digest.hex(of: json(baseURL: baseURL).bytes))\"" }

    private static func moment(_ moment: Timestamp?) -> JSON { moment.map { .string($0.rfc3339) } ?? .null }

    private var credentials: JSON {
        var members = JSONObject()
        if passwordChanged != nil { members["password"] = .object(JSONObject()) }
        members["emails"] = [
            ["value": profile["email"] ?? .string(login), "status": "VERIFIED", "type": "PRIMARY"]
        ]
        members["provider"] = ["type": "OKTA", "name": "OKTA"]
        return .object(members)
    }

    private func links(baseURL: String) -> JSONObject {
        let own = "\(baseURL)/api/v1/users/\(id)"
        var links = JSONObject()
        links["self"] = ["href": .string(own)]
        links["schema"] = ["href": .string("\(baseURL)/api/v1/meta/schemas/user/osc\(typeID.dropFirst(3))")]
        links["type"] = ["href": .string("\(baseURL)/api/v1/meta/types/user/\(typeID)")]
        for link in status.offered { links[link.name] = ["href": .string(own + link.path), "method": "POST"] }
        return links
    }
}

extension Person.Status {
    private static let paths: [String: String] = [
        "activate": "/lifecycle/activate", "reactivate": "/lifecycle/reactivate",
        "deactivate": "/lifecycle/deactivate", "suspend": "/lifecycle/suspend", "unsuspend": "/lifecycle/unsuspend",
        "unlock": "/lifecycle/unlock", "resetPassword": "/lifecycle/reset_password",
        "expirePassword": "/lifecycle/expire_password", "resetFactors": "/lifecycle/reset_factors",
        "forgotPassword": "/credentials/forgot_password", "changePassword": "/credentials/change_password",
        "changeRecoveryQuestion": "/credentials/change_recovery_question", "delete": "",
    ]

    /// What the org offers, as recorded; LOCKED_OUT and RECOVERY were not recorded and are inferred.
    var offered: [(name: String, path: String)] {
        let names: [String] =
            switch self {
            case .staged: ["activate", "resetFactors"]
            case .provisioned: ["suspend", "resetPassword", "reactivate", "deactivate"]
            case .active, .passwordExpired:
                [
                    "suspend", "resetPassword", "forgotPassword", "expirePassword", "changeRecoveryQuestion",
                    "resetFactors", "changePassword", "deactivate",
                ]
            case .suspended: ["unsuspend", "deactivate", "resetFactors"]
            case .deprovisioned: ["activate", "delete"]
            case .lockedOut: ["unlock", "resetPassword", "deactivate"]
            case .recovery: ["reactivate", "resetPassword", "deactivate"]
            }
        return names.compactMap { name in Self.paths[name].map { (name, $0) } }
    }
}
