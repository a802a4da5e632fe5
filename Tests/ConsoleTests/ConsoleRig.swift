import Configuration
import Core
import Foundation
import Hub
import Logging
import Ports

@testable import Console

/// A hub that does not listen, with a row of every noun, and visits to its pages as people with different roles.
struct ConsoleRig: Sendable {
    let hub: Hub
    let frame: Frame

    /// What somebody may try to put into a name that takes any text. The last has a combining mark behind the quote,
    /// which makes both one character.
    static let hostile =
        "<script>alert(1)</script>\" onfocus=alert(1) x='\"\u{301} autofocus onfocus=alert(2) y=\"{{csrf}}"

    /// Opens a hub on a new data folder, hands it over, closes it and removes the folder.
    @discardableResult static func with<R>(
        pages: Pages? = nil, effects: Effects = .live(), _ body: (ConsoleRig) async throws -> R
    ) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.path + "/lc-" + Hex.encode(effects.randomBytes(6))
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let variables = ["LINCHPIN_DATA": folder, "LINCHPIN_HTTP_PORT": "0"]
        let reader = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        let hub = try await Hub.open(
            try await HubConfiguration(reader.scoped(to: "linchpin")), effects: effects,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, pages: pages ?? Console.pages())
        let result: Result<R, any Error>
        do { result = .success(try await body(ConsoleRig(hub: hub, frame: Frame(look: Look())))) } catch {
            result = .failure(error)
        }
        await hub.close()
        return try result.get()
    }

    static let everything = Principal.socket(uid: 0)

    static func someone(_ roles: AdminRole...) -> Principal {
        Principal(
            user: nil, userName: "someone", client: nil, clientName: "-", roles: Set(roles.map(\.rawValue)),
            scopes: nil, method: .socket)
    }

    /// A visit whose operations all answer so.
    func visit(
        _ path: String, query: [(String, String)] = [], form: [(String, String)] = [],
        answering: @escaping @Sendable (_ operation: String, _ sent: JSONObject) throws -> JSON
    ) -> Visit {
        let real = visit(path, query: query, form: form)
        return Visit(
            operations: real.operations, principal: real.principal, now: real.now, segments: real.segments,
            query: real.query, takesProposals: real.takesProposals, form: real.form, csrf: real.csrf, facts: real.facts,
            perform: { name, _, sent in try answering(name, sent) })
    }

    /// A request to a page; `form` makes it a POST.
    func visit(
        _ path: String, as principal: Principal = ConsoleRig.everything, query: [(String, String)] = [],
        form: [(String, String)] = [], isFromOwnPage: Bool = true
    ) -> Visit {
        let operations = hub.operations
        let cause = Cause(principal.actor, at: hub.effects.now(), .new(hub.effects))
        return Visit(
            operations: operations, principal: principal, now: cause.now,
            segments: path.split(separator: "/").map(String.init), query: query.map { (name: $0.0, value: $0.1) },
            takesProposals: isFromOwnPage,
            form: form.map { (name: $0.0, value: $0.1) }, csrf: "token-of-the-session",
            facts: HubFacts(url: hub.url, issuer: hub.issuer, store: hub.storeName),
            perform: { name, id, sent in
                guard let operation = operations.first(where: { $0.name == name }),
                    principal.hasAny(operation.roles.map(\.rawValue))
                else { throw HubError(.forbidden, "role_missing", "Not permitted: \(name).") }
                let (input, secrets) = try operation.check(sent)
                return try await operation.run(
                    OperationRequest(id: id, input: input, secrets: secrets, caller: principal, cause: cause))
            })
    }

    /// The page as HTML.
    func page(
        _ path: String, as principal: Principal = ConsoleRig.everything, query: [(String, String)] = [],
        isFromOwnPage: Bool = true
    ) async throws -> String {
        let visit = visit(path, as: principal, query: query, isFromOwnPage: isFromOwnPage)
        return try frame.page(try await Console.show(visit), for: visit)
    }

    /// What sending a form leads to: the place, or the page with its status.
    func send(
        _ path: String, as principal: Principal = ConsoleRig.everything, query: [(String, String)] = [],
        _ form: [(String, String)]
    ) async throws -> (place: String?, html: String, status: Int) {
        let visit = visit(path, as: principal, query: query, form: form)
        switch try await Console.act(visit) {
        case .done(let path): return ("\(path)", "", 303)
        case .page(let content, let status): return (nil, try frame.page(content, for: visit), status)
        }
    }

    @discardableResult func make(_ operation: String, id: String = "", _ input: JSONObject = [:]) async throws -> JSON {
        try await visit("").run(operation, id: id, input)
    }

    /// One row of every noun that can be made, hostile texts wherever they are taken.
    func furnish() async throws {
        let text = JSON.string(Self.hostile)
        try await make("user.create", ["name": "svc", "display_name": text, "web_service_only": true])
        try await make("user.create", ["name": "mara", "display_name": "Mara", "email": "mara@example.org"])
        try await make("group.create", ["name": "staff", "says": text])
        try await make("group.add-member", id: "staff", ["user": "mara"])
        try await make("role.create", ["name": "reader", "says": text])
        try await make("role-grant.create", ["user": "mara", "role": "reader"])
        try await make(
            "scope.create",
            [
                "name": "<script>alert(1)</script>", "says": text,
                "rules": [["method": "GET", "path": "/api/now/table/incident", "table": "incident"]],
            ])
        try await make(
            "client.create",
            ["name": "<b onclick=alert(1)>\"HR'", "user": "svc", "scopes": ["<script>alert(1)</script>"]])
        if hub.operations.contains(where: { $0.name == "spoke.activate" }) {
            try await make("spoke.activate", id: "okta")
        }
        try await make("credential.create", ["name": "okta-key", "kind": "api_key", "secret": "canary-00aPIkey"])
        try await make(
            "connection.create",
            [
                "name": "okta-prod", "spoke": "okta", "url": "https://okta.example.org", "credential": "okta-key",
                "actions": ["suspend_user"], "application": text,
            ])
        try await make("alias.create", ["name": "okta-prod", "spoke": "okta", "connection": "okta-prod"])
        try await make(
            "hook.create", ["name": "okta-events", "spoke": "okta", "alias": "okta-prod", "application": text])
        for flow in Self.flows { try await make("flow.create", ["source": .string(flow)]) }
    }

    private static let flows = [
        """
        flow: suspend
        title: "Suspend <script>alert(1)</script>"
        trigger:
          manual:
            login: { type: text, says: The login of the user. }
        uses: { okta: okta-prod }
        steps:
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
        """
    ]
}
