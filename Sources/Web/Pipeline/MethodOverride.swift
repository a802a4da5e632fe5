import Core
import Hub

/// `X-HTTP-Method-Override`, for clients behind something that lets only GET and POST through.
///
/// Read before the route is looked for, so that the decision, the log and the handler all know the method that is meant.
/// Only over POST, only on the Table API, once: a GET that changes something would be cached, repeated and linked to.
enum MethodOverride {
    private static let header = "x-http-method-override"
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// The method that is meant.
    static func method(of incoming: Pipeline.Incoming, _ surface: Surface) throws -> String {
        let values = incoming.headers.filter { $0.name == header }.map(\.value)
        guard let wanted = values.first else { return incoming.method }
        guard values.count == 1, incoming.method == "POST", surface == .table, methods.contains(wanted) else {
            throw HubError(
                .invalid, "bad_method_override",
                "X-HTTP-Method-Override goes with POST to the Table API, once, and holds one of "
                    + "\(methods.joined(separator: ", ")).")
        }
        return wanted
    }
}
