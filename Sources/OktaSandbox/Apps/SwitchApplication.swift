import Core

/// `POST /api/v1/apps/{id}/lifecycle/activate`: nothing changes where it is active already.
enum ActivateApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try org.switchApp(to: .active, "application.lifecycle.activate", "Activate an application", call)
    }
}

/// `POST /api/v1/apps/{id}/lifecycle/deactivate`: its assignments stay.
enum DeactivateApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try org.switchApp(to: .inactive, "application.lifecycle.deactivate", "Deactivate an application", call)
    }
}

extension OktaOrg {
    fileprivate mutating func switchApp(
        to status: App.Status, _ type: String, _ message: String, _ call: Call
    ) throws(OktaError) -> Answer {
        let index = try index(ofApp: call.parameters[0])
        if apps[index].status != status {
            apps[index].status = status
            apps[index].lastUpdated = call.now
            note(type, message, [.app(apps[index])], call)
        }
        return .json([:])
    }
}
