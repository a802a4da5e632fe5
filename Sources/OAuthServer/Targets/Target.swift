import Core
import Ports

/// What a request names beside its scopes: the resource servers that the token is for (RFC 8707 §2), and what it may be
/// used for at most (RFC 9396 §2).
struct Target: Sendable, Equatable {
    /// Nil where the request names none.
    let resources: [String]?
    /// Nil where the request names none.
    let details: [AuthorizationDetail]?

    /// The parameters that may come more than once (RFC 8707 §2).
    static let repeatable: Set<String> = ["resource"]

    /// Reads both parameters; empty values count as left out.
    ///
    /// - Parameter hub: the issuer, which is also what the hub is called as a resource server.
    static func read(
        resources sent: [String], details text: String?, hub: String
    ) -> Result<Target, TokenRefusal> {
        var resources: [String] = []
        for text in sent {
            guard ResourceServer.isWellFormed(text) else { return .failure(.resourceMalformed) }
            // RFC 3986 §6.2.3: without a path, and with an empty one.
            let name = text.isExactly(hub + "/") ? hub : text
            if !resources.contains(where: { $0.isExactly(name) }) { resources.append(name) }
        }
        guard resources.count <= Limits.resourceServers.value else { return .failure(.resourceMalformed) }
        let named = resources.isEmpty ? nil : resources
        guard let text else { return .success(Target(resources: named, details: nil)) }
        return Self.details(text, hub).map { Target(resources: named, details: $0) }
    }

    /// RFC 9396 §5 (MUST): every object is one of a type that is offered, and well formed.
    private static func details(_ text: String, _ hub: String) -> Result<[AuthorizationDetail], TokenRefusal> {
        guard text.utf8.count <= Limits.authorizationDetailsBytes.value else {
            return .failure(.details("they are over \(Limits.authorizationDetailsBytes.value) bytes"))
        }
        let json: JSON
        do { json = try JSON.read(text) } catch { return .failure(.details(error.description)) }
        guard let objects = json.array, (1...Limits.authorizationDetails.value).contains(objects.count) else {
            return .failure(.details("they are not 1 to \(Limits.authorizationDetails.value) objects in a list"))
        }
        var details: [AuthorizationDetail] = []
        for (index, object) in objects.enumerated() {
            let detail: AuthorizationDetail
            do throws(DetailProblem) { detail = try AuthorizationDetail(reading: object) } catch {
                return .failure(.details("in object \(index + 1) \(error.what)"))
            }
            // RFC 9396 §2.2: both types are of this hub's own APIs.
            guard detail.locations.allSatisfy({ $0.isExactly(hub) }) else {
                return .failure(.details("in object \(index + 1) its locations are not this hub"))
            }
            details.append(detail)
        }
        return .success(details)
    }
}

extension Target {
    /// What is granted to this request of what went before it.
    ///
    /// - Parameters:
    ///   - granted: what the code, the family or the grant carries.
    ///   - isFirst: whether nobody was asked before, so that the client's own settings are the bound.
    func granted(
        _ granted: Carried, isFirst: Bool, to settings: ClientSettings, hub: String
    ) -> Result<Carried, TokenRefusal> {
        var carried = granted
        // RFC 9700 §2.3: what has been taken from the client since goes.
        carried.resources = granted.resources.filter { settings.mayName($0, hub: hub) }
        guard carried.resources.isEmpty == granted.resources.isEmpty else { return .failure(.resourceNotAllowed) }
        if let resources {
            guard resources.allSatisfy({ settings.mayName($0, hub: hub) }) else { return .failure(.resourceNotAllowed) }
            // RFC 8707 §2.2: a subset of what was granted; without any that is this hub.
            let bound = granted.resources.isEmpty ? [hub] : carried.resources
            guard isFirst && granted.resources.isEmpty || resources.allSatisfy(bound.contains) else {
                return .failure(.resourceNotGranted)
            }
            carried.resources = resources == [hub] ? [] : resources
        }
        let before = granted.details.compactMap(AuthorizationDetail.init(stored:))
        let details = self.details ?? before
        guard details.allSatisfy({ settings.detailTypes.contains($0.kind.rawValue) }),
            before.count == granted.details.count
        else { return .failure(.detailTypeNotAllowed) }
        // RFC 9396 §6: nothing beyond what was granted. Where that is bound by scopes alone, any detail takes away.
        guard before.isEmpty || details.allSatisfy({ one in before.contains { one.isWithin($0) } }) else {
            return .failure(.detailsNotGranted)
        }
        carried.details = details.map(\.json)
        return .success(carried)
    }
}

extension ClientSettings {
    /// Whether the client may ask for tokens for that resource server; for the hub itself each may.
    func mayName(_ resource: String, hub: String) -> Bool {
        resource.isExactly(hub) || resources.contains { $0.isExactly(resource) }
    }
}

extension Grant {
    /// The same for what the token request names of it.
    func narrowed(by form: TokenForm, of client: Client, hub: String) -> Result<Grant, TokenRefusal> {
        Target.read(resources: form.all("resource"), details: form["authorization_details"], hub: hub)
            .flatMap {
                $0.granted(carried, isFirst: family == nil && carried.subject == nil, to: client.settings, hub: hub)
            }
            .map { carried in
                var grant = self
                grant.carried = carried
                return grant
            }
    }
}
