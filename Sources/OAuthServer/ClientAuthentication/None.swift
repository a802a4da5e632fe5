extension ClientAuthenticationMethod {
    /// A public client says its name and proves nothing (RFC 6749 §3.2.1); what it redeems was bound to it in another way.
    static let none = ClientAuthenticationMethod(name: "none") { request, form in nameAlone(request, form) }

    /// The name, where nothing in the request proves it.
    static func nameAlone(_ request: TokenRequest, _ form: TokenForm) -> FoundCredentials {
        let proves = ["client_secret", "client_assertion", "client_assertion_type"]
        guard request.authorization.isEmpty, proves.allSatisfy({ form[$0] == nil }), let name = form["client_id"] else {
            return .absent
        }
        return .named(clientID: name)
    }
}
