import Core
import Hub
import Ports

/// One request of a signed-in user to a page, and the only way from a page to the operations.
struct Visit: Sendable {
    let operations: [Operation]
    let principal: Principal
    let now: Timestamp
    /// The path's segments after `/console`.
    let segments: [String]
    let query: [(name: String, value: String)]
    /// Whether forms may take values from the query. Only a link of our own proposes values: one from elsewhere, a mail
    /// or a bookmark could put an address or a role into a form that somebody then sends. A browser too old to say where
    /// a link was (Fetch Metadata §2.3) gets empty fields, which costs typing and nothing else.
    let takesProposals: Bool
    let form: [(name: String, value: String)]
    /// What each form must carry.
    let csrf: String
    /// Facts about the hub that no operation answers.
    let facts: HubFacts
    /// Runs an operation as the caller: the same checks of roles and input that the API makes.
    let perform: @Sendable (_ name: String, _ id: String, _ sent: JSONObject) async throws -> JSON
    /// What the caller has allowed applications, and how to withdraw it: everybody's own, whatever their roles.
    var ownConsents: @Sendable () async throws -> [JSON] = { [] }
    var withdrawOwnConsent: @Sendable (_ id: String) async throws -> Void = { _ in throw Visit.nothingHere }

    /// Whether the caller's roles permit the operation; what they do not permit is not offered.
    func may(_ name: String) -> Bool {
        find(name).map { operation in principal.hasAny(operation.roles.map(\.rawValue)) } ?? false
    }

    func mayAll(_ names: [String]) -> Bool { names.allSatisfy(may) }

    /// The operation of that name; nil when the hub has none.
    func find(_ name: String) -> Operation? { operations.first { $0.name == name } }

    /// The operation of that name; throws `no_such_page` for one that does not exist.
    func operation(_ name: String) throws -> Operation {
        guard let operation = find(name) else { throw Self.nothingHere }
        return operation
    }

    func run(_ name: String, id: String = "", _ sent: JSONObject = [:]) async throws -> JSON {
        try await perform(name, id, sent)
    }

    /// One page of a list operation, and what to send as `after` for the next; nil behind the last.
    func page(_ name: String, _ sent: JSONObject = [:]) async throws -> (items: [JSON], next: JSON?) {
        let answer = try await run(name, sent)
        return (answer["items"]?.array ?? [], answer["next"])
    }

    /// The items of a list operation, of `Limits.consolePages` pages at most.
    func items(_ name: String, _ sent: JSONObject = [:]) async throws -> [JSON] {
        var (sent, found) = (sent, [JSON]())
        for _ in 0..<Limits.consolePages.value {
            let page = try await self.page(name, sent)
            found += page.items
            guard let next = page.next else { break }
            sent["after"] = next
        }
        return found
    }

    /// The last value of that name in the query; nil when there is none or it is empty.
    func asked(_ name: String) -> String? { query.last { $0.name == name && !$0.value.isEmpty }?.value }
    /// The last value of that name in the form: a ticked box stands behind the hidden field that says it is there.
    func sent(_ name: String) -> String? { form.last { $0.name == name }?.value }
    /// All values of that name in the form that are not empty.
    func allSent(_ name: String) -> [String] { form.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    static func notPermitted(_ operation: Operation) -> HubError {
        HubError(
            .forbidden, "role_missing",
            "Your roles do not permit \(operation.name). It takes one of: "
                + operation.roles.map(\.rawValue).joined(separator: ", ") + ".")
    }

    static let nothingHere = HubError(
        .notFound, "no_such_page", "There is no such page. Choose one from the sections, or go to the overview.")
}

/// What a page may say about the hub itself.
struct HubFacts: Sendable {
    let url: String
    let issuer: String
    let store: String
}

extension Visit {
    /// A request of a signed-in user; nil when nobody is signed in.
    init?(_ request: PageRequest, _ segments: [String]) {
        guard let principal = request.principal, let session = request.session else { return nil }
        self.init(
            operations: request.hub.operations, principal: principal, now: request.now, segments: segments,
            query: request.query, takesProposals: request.isFromOwnPage, form: request.form, csrf: session.csrfToken,
            facts: HubFacts(url: request.hub.url, issuer: request.hub.issuer, store: request.hub.storeName),
            perform: { name, id, sent in try await request.perform(name, id: id, input: sent) },
            ownConsents: { try await request.ownConsents() },
            withdrawOwnConsent: { id in try await request.withdrawOwnConsent(id) })
    }
}
