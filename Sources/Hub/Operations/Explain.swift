import Access
import Core
import Identity
import OAuthServer
import Ports
import Storage

/// "Would this call pass, and why?" The same gatekeeper that judges live requests answers.
struct Explain: Sendable {
    let parts: Parts
    let routes: RouteList

    static let declaration = Operation(
        "decision", .actOnAll("explain"), roles: [.auditor, .admin, .oauthAdmin, .miAdmin],
        says:
            "Explains whether a call would pass: each check, the deciding one, and the smallest change that flips it.",
        fields: [
            .required("method", .oneOf(["GET", "POST", "PUT", "PATCH", "DELETE"]), "The HTTP method."),
            .required("path", .text(most: Limits.targetBytes.value), "The path, such as /api/now/table/incident."),
            .optional(
                "client", .text(most: Limits.nameField.value), "A client's name or id, as if it had a fresh token."),
            .optional(
                "scopes", .texts(most: Limits.clientScopes.value),
                "With client: the scopes asked for; all that it holds otherwise."),
            .optional(
                "user", .text(most: Limits.nameField.value),
                "With client: the person who let it in, by name or id; a client that acts for people alone needs one."),
            .optional("token", .secret(most: Limits.tokenBytes.value), "A token instead of a client."),
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            var answer = try await explain(request).json.object ?? [:]
            if request.text("path")?.contains("?") == true {
                answer["left_out"] = "The query was left out: it decides nothing."
            }
            if let client = request.text("client") {
                let person = request.text("user").map { " that \(Shown.name($0)) allowed" } ?? ""
                answer["as_if"] = .string(
                    "\(answer["client"]?.string ?? Shown.name(client)) had a fresh token\(person)")
                answer["checks"] = .array((answer["checks"]?.array ?? []).map(Self.supposed))
            }
            return .object(answer)
        }
    }

    /// A check of a client that presented nothing: its token is supposed.
    private static func supposed(_ check: JSON) -> JSON {
        guard case .object(var members) = check, check["check"] == "credential", check["outcome"] == "passed" else {
            return check
        }
        members["evidence"] = "A fresh token is supposed; none was presented."
        return .object(members)
    }

    private func explain(_ request: OperationRequest) async throws -> Decision {
        let method = try request.required("method")
        let target = try RequestTarget(try request.required("path"))
        guard case .route(let route, let parameters) = routes.match(method, target) else {
            throw HubError(
                .notFound, "no_such_path", "No route takes \(method) at this path. Nobody could call it.")
        }
        let now = request.cause.now
        let need = route.need(parameters)
        let presented = try presented(request)
        let asked = request.texts("scopes").map(Set.init)
        return try await parts.database.read { reader in
            let caller =
                switch presented {
                case .token(let token): try Gatekeeper.caller(.bearer(token), at: now, in: reader)
                case .client(let name, let person):
                    try Self.caller(client: name, of: person, asking: asked, at: now, in: reader)
                case .nothing: Caller.nobody
                }
            // Who asks about a bound token does not hold its key.
            return try Gatekeeper.decide(
                method, target, need: need, caller: caller, .supposed, hub: parts.address.issuer, at: now, in: reader)
        }
    }

    /// Stands for a thumbprint where no key is known; nothing is compared with it.
    private static let supposedKey = "supposed"

    private enum Subject: Sendable {
        case nothing
        case client(String, person: String?)
        case token(Secret)
    }

    private func presented(_ request: OperationRequest) throws -> Subject {
        switch (request.text("client"), request.secrets["token"], request.text("user")) {
        case (nil, nil, nil): return .nothing
        case (let client?, nil, let person): return .client(client, person: person)
        case (nil, let token?, nil): return .token(token)
        case (.some, .some, _):
            throw HubError(.invalid, "two_subjects", "Give a client or a token, not both.")
        case (nil, _, .some):
            throw HubError(
                .invalid, "user_without_client",
                "A person goes with a client that they let in. Name the client, or leave the person out.")
        }
    }

    /// A client as if it had just got a token with these scopes, for itself or for a person. Throws where it could get none.
    private static func caller(
        client name: String, of person: String?, asking: Set<String>?, at now: Timestamp, in reader: any SQLReader
    ) throws -> Caller {
        guard let client = try OAuthServer.clientFacts(name, in: reader) else {
            throw HubError(
                .notFound, "unknown_client", "There is no client \"\(Shown.name(name))\". See: linchpin client list")
        }
        let shown = Shown.name(client.name)
        if let missing = asking?.subtracting(client.scopes).min() {
            throw HubError(
                .invalid, "scope_not_held",
                "Client \(shown) does not hold scope \"\(Shown.name(missing))\", so no token of it has that. "
                    + "See: linchpin client get \(shown)")
        }
        guard client.actsForItself || client.actsForPeople else {
            throw HubError(
                .invalid, "no_grant",
                "Client \(shown) has no grant type by which it would get a token. "
                    + "Name one: linchpin client update \(Shown.argument(client.name)) --grant GRANT")
        }
        guard person != nil || client.actsForItself else {
            throw HubError(
                .invalid, "person_needed",
                "Client \(shown) acts for people alone. Name the person who let it in: --user NAME")
        }
        guard person == nil || client.actsForPeople else {
            throw HubError(
                .invalid, "acts_for_itself", "Client \(shown) acts for itself alone. Leave the person out.")
        }
        let user = try Identity.facts(person ?? client.user.rawValue, at: now, in: reader)
        if let person, user == nil {
            throw HubError(
                .notFound, "unknown_user", "There is no user \"\(Shown.name(person))\". See: linchpin user list")
        }
        return .token(
            .found(
                TokenFacts.Issued(
                    client: client.id, clientName: client.name, clientIsActive: client.isActive,
                    tokenScopes: asking ?? client.scopes, clientScopes: client.scopes, user: user, issuedAt: now,
                    expiresAt: now.adding(seconds: client.tokenSeconds), isRevoked: false,
                    boundTo: client.bindsToKey ? supposedKey : nil,
                    certificate: client.bindsToCertificate ? supposedKey : nil, isOfPerson: person != nil,
                    signedInAt: person == nil ? nil : now)))
    }
}
