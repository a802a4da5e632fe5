import Core
import Hub
import Keys
import Ports

/// The console's pages, each behind the route that is made of it.
enum PageRoutes {
    static func handlers(_ hub: Hub) -> [(String, Handler)] { hub.pages.all.map { ($0.name, .page($0)) } }

    /// The pairs of a form; empty for a request without a body.
    static func form(_ request: WebRequest) throws -> [(name: String, value: String)] {
        guard !request.body.isEmpty else { return [] }
        try request.requireContentType("application/x-www-form-urlencoded")
        do {
            return try FormParameters(request.body).pairs.map { ($0.name, $0.value) }
        } catch {
            throw HubError(.invalid, "malformed_form", "The form cannot be read: \(error).")
        }
    }

    /// The request as a page gets it.
    static func request(
        _ request: WebRequest, _ form: [(name: String, value: String)], _ visitor: PageEdge.Visitor, _ hub: Hub,
        from address: String
    ) throws -> PageRequest {
        PageRequest(
            hub: hub, path: request.target.path, parameters: request.parameters, query: try request.queryPairs(),
            form: form.filter { $0.name != PageSession.csrfField }, principal: visitor.principal,
            session: visitor.session, cause: request.cause(visitor.principal?.actor ?? .nobody), address: address,
            browser: request.values("user-agent").first ?? "",
            isFromOwnPage: request.values("sec-fetch-site") == ["same-origin"])
    }
}
