import Access
import Core
import Hub
import Records

extension HubError {
    /// What the caller reads, in the surface's format. A defect of ours says nothing but its correlation id.
    func reply(_ surface: Surface, _ correlation: CorrelationID) -> WebReply {
        var reply = WebReply(status: kind.status, body: body(surface, correlation), reason: reason)
        reply.note(self)
        if surface == .oauth { reply.headers += [("cache-control", "no-store"), ("pragma", "no-cache")] }
        if surface == .problem { reply.headers.append(("content-type", "application/problem+json")) }
        return reply
    }

    private func body(_ surface: Surface, _ correlation: CorrelationID) -> JSON {
        switch surface {
        case .oauth:
            // RFC 6749 §5.2 registers no code for a server's own trouble at the token endpoint; §4.1.2.1 names two.
            let code =
                switch kind {
                case .internal: "server_error"
                case .unavailable, .tooManyRequests: "temporarily_unavailable"
                case .invalid, .unauthenticated, .forbidden, .notFound, .methodNotAllowed, .conflict, .tooLarge,
                    .headerTooLarge, .tooSlow, .unsupportedMediaType, .upstream, .timeout:
                    "invalid_request"
                }
            return [
                "error": .string(code), "error_description": .string(message),
                "correlation": .string(correlation.text),
            ]
        case .table:
            // The platform's two texts.
            return [
                "error": ["message": .string(message), "detail": .string(Records.detail(of: self))],
                "status": "failure",
                "correlation": .string(correlation.text),
            ]
        // Pages are rendered by `PageEdge`.
        case .problem, .page:
            return [
                "type": "about:blank", "title": .string(title), "status": .int(Int64(kind.status)),
                "detail": .string(message), "reason": .string(reason), "correlation": .string(correlation.text),
            ]
        }
    }

    private var title: String {
        switch kind {
        case .invalid: "The request is not valid"
        case .unauthenticated: "Not authenticated"
        case .forbidden: "Not allowed"
        case .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .conflict: "Conflict"
        case .tooLarge: "Too large"
        case .headerTooLarge: "The header is too large"
        case .tooSlow: "The request came too slowly"
        case .unsupportedMediaType: "Content type not supported"
        case .tooManyRequests: "Too many requests"
        case .internal: "Internal error"
        case .upstream: "An outside system failed"
        case .unavailable: "Not available now"
        case .timeout: "An outside system did not answer in time"
        }
    }
}

extension WebReply {
    /// What goes with an error on every surface: the operator's line of a defect, and when to come again.
    mutating func note(_ error: HubError) {
        if error.kind == .internal { problem = "\(error)" }
        if error.kind == .unavailable || error.kind == .tooManyRequests { headers.append(("retry-after", "1")) }
    }
}
