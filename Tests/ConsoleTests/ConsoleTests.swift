import Core
import Foundation
import Ports
import Testing

@testable import Console

/// Every place that the console has with a furnished hub.
let places = [
    "overview", "settings", "clients", "clients/new", "clients/new?template=web", "consents", "refresh-families",
    "tokens", "scopes", "scopes/new", "tables",
    "tables/incident", "tables/incident/set-roles", "connections", "connections/new", "connections/okta-prod",
    "connections/okta-prod/edit", "connections/okta-prod/enable-action", "connections/okta-prod/history",
    "connections/okta-prod/delete", "credentials", "credentials/new", "credentials/okta-key",
    "credentials/okta-key/edit", "aliases", "aliases/new", "aliases/okta-prod", "aliases/okta-prod/history", "spokes",
    "spokes/okta", "flows", "flows/new", "flows/suspend", "flows/suspend/edit", "flows/suspend/run",
    "flows/suspend/activate", "executions", "transactions", "audit-events", "users", "users/new", "users/svc",
    "users/svc/edit", "users/svc/history", "users/mara/set-password", "groups", "groups/staff", "groups/new",
    "groups/staff/add-member", "roles", "roles/reader", "roles/reader/contain", "role-grants", "role-grants/new",
    "simulator", "findings", "approvals", "spokes/okta/connect",
]

@Suite("Console pages") struct ConsolePageTests {
    @Test("every page shows, and nothing that somebody wrote becomes markup")
    func hostileTextsStayTexts() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let client = try await rig.make("client.list")["items"]?.array?.first?["id"]?.string ?? ""
            let scope = try await rig.make("scope.list")["items"]?.array?.first?["id"]?.string ?? ""
            let own = ["clients/\(client)", "clients/\(client)/edit", "clients/\(client)/history", "scopes/\(scope)"]
            for place in places + own {
                let parts = place.split(separator: "?").map(String.init)
                let asked = parts.dropFirst().map { $0.split(separator: "=") }.map { (String($0[0]), String($0[1])) }
                let page = try await rig.page(
                    parts[0], query: asked + [("q", ConsoleRig.hostile)].filter { _ in place == "users" })
                try Self.preview(place, page)
                #expect(!page.contains("<script>alert"), "\(place)")
                #expect(!page.contains("<b onclick"), "\(place)")
                // An attribute ends at a quote, whatever mark stands behind it.
                #expect(page.unicodeScalars.firstRange(of: "\"\u{301}".unicodeScalars) == nil, "\(place)")
                #expect(!page.contains("canary-00aPIkey"), "\(place)")
                #expect(page.contains("<h1>"), "\(place)")
            }
        }
    }

    @Test("a place that is not there is not found", arguments: ["x", "clients/new/x", "clients/x/y", "overview/x"])
    func nothingThere(place: String) async throws {
        try await ConsoleRig.with { rig in
            await #expect(throws: HubError.self) { _ = try await rig.page(place) }
        }
    }

    /// Written for whoever wants to look: CONSOLE_PREVIEW names the folder.
    private static func preview(_ place: String, _ page: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["CONSOLE_PREVIEW"] else { return }
        let path = "\(folder)/console/\(place)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try page.write(toFile: path + "/index.html", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: "\(folder)/console/assets", withIntermediateDirectories: true)
        for asset in Look.assets { try Data(asset.bytes).write(to: URL(filePath: "\(folder)\(asset.path)")) }
    }
}

@Suite("Console rights") struct ConsoleRightsTests {
    @Test("what the roles do not permit is not offered")
    func onlyWhatIsPermitted() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let page = try await rig.page("connections/okta-prod", as: ConsoleRig.someone(.auditor))
            #expect(!page.contains("/console/connections/okta-prod/edit"))
            #expect(!page.contains("/console/connections/okta-prod/delete"))
            #expect(page.contains("/console/connections/okta-prod/history"))
            let list = try await rig.page("connections", as: ConsoleRig.someone(.auditor))
            #expect(!list.contains("/console/connections/new"))
            let rail = try await rig.page("overview", as: ConsoleRig.someone(.credentialAdmin))
            #expect(rail.contains("/console/credentials\""))
            #expect(!rail.contains("/console/users\""))
        }
    }

    @Test("a form that the roles do not permit is refused, and nothing changes")
    func noBackDoor() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let auditor = ConsoleRig.someone(.auditor)
            await #expect(throws: HubError.self) { _ = try await rig.page("connections/okta-prod/edit", as: auditor) }
            await #expect(throws: HubError.self) {
                _ = try await rig.send("connections/okta-prod/delete", as: auditor, [("x", "")])
            }
            let left = try await rig.make("connection.get", id: "okta-prod")["name"]
            #expect(left == "okta-prod")
        }
    }
}
