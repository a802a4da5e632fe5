import Core
import Hub

/// `X-HTTP-Method-Override`, for clients behind something that lets only GET and POST through.
///
/// Read before the route is looked for, so that the decision, the log and the handler all know the method that is meant.
/// Only over POST, only on the Table API, once: a GET that changes something would be cached, repeated and linked to.
struct MethodOverride {
    private static let header = "x-http-method-override"
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    private let sent: String
    private let wanted: [String]

    /// Nil when the request holds none.
    init?(_ incoming: Pipeline.Incoming) {
        sent = incoming.method
        wanted = incoming.headers.filter { $0.name == Self.header }.map(\.value)
        if wanted.isEmpty { return nil }
    }

    /// The method that is meant.
    func method(on surface: Surface) throws -> String {
        guard wanted.count == 1, let method = wanted.first, sent == "POST", surface == .table,
            Self.methods.contains(method)
        else {
            throw HubError(
                .invalid, "bad_method_override",
                "X-HTTP-Method-Override goes with POST to the Table API, once, and holds one of "
                    + "\(Self.methods.joined(separator: ", ")).")
        }
        return method
    }
}
