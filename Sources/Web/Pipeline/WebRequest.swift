import Access
import Core
import Hub
import Keys
import Ports

/// One request after transport and before its handler: read whole, bounded, its path decoded once.
struct WebRequest: Sendable {
    /// The method; the one that is meant, where a header overrides it.
    let method: String
    /// The decoded path and the raw query.
    let target: RequestTarget
    /// The route's path parameters.
    let parameters: [String: String]
    /// Header fields in order, names in lowercase.
    let headers: [(name: String, value: String)]
    /// The body, at most `Limits.requestBodyBytes`.
    var body: [UInt8]
    /// What else of the Table API the caller's scopes let it read.
    let reach: TableReach
    /// The address that it came from; `-` on the hub's own socket.
    let address: String
    /// The network of one caller that it came from: what refusals are counted by.
    var network: String { CallerNetwork.of(address) }
    /// When it came in, read once.
    let now: Timestamp
    /// Ties everything about it together.
    let correlation: CorrelationID
    /// The client certificate that the connection showed.
    var certificate: PeerCertificate?

    /// All values of a header; the name in lowercase.
    func values(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// The cause of whatever this request changes.
    func cause(_ actor: Actor) -> Cause { Cause(actor, at: now, correlation) }

    /// The query's parameters in order; a malformed query is refused without quoting it.
    func queryPairs() throws -> [(name: String, value: String)] {
        do {
            return try FormParameters((target.query ?? "").utf8).pairs.map { ($0.name, $0.value) }
        } catch {
            throw HubError(.invalid, "malformed_query", "The query cannot be read: \(error).")
        }
    }

    /// The JSON object in the body; an absent body is an empty object.
    ///
    /// Throws `HubError`: `unsupportedMediaType` unless the content type is `application/json`, `invalid` for JSON that
    /// the strict reader refuses. Never quotes the body.
    func jsonObject() throws -> JSONObject {
        if body.isEmpty { return JSONObject() }
        guard let object = try json().object else {
            throw HubError(.invalid, "not_an_object", "The body must be a JSON object.")
        }
        return object
    }

    /// The JSON in the body.
    func json() throws -> JSON {
        try requireContentType("application/json")
        do { return try JSON.read(body) } catch {
            throw HubError(.invalid, "malformed_json", "The body is not JSON we accept: \(error).")
        }
    }

    /// Refuses a body that says it is something else.
    func requireContentType(_ wanted: String) throws {
        let given = values("content-type")
        let type = given.first?.split(separator: ";").first.map { $0.lowercased().trimmed } ?? ""
        guard given.count == 1, type == wanted else {
            throw HubError(.unsupportedMediaType, "content_type", "Send the body as Content-Type: \(wanted).")
        }
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        var text = Substring(self)
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return String(text)
    }
}

/// An answer before it is written to the wire.
struct WebReply: Sendable {
    /// The HTTP status.
    var status: Int
    /// Header fields beside those that every answer has, names in lowercase, each once but for lists and set-cookie.
    var headers: [(name: String, value: String)] = []
    /// The body; nil sends none.
    var body: JSON?
    /// A body that is sent as it is, instead of `body`.
    var raw: [UInt8]?
    /// Whether no answer is ever sent; only the sandbox does that, as a fault to test against.
    var hangs = false
    /// Whether the connection is broken off instead of an answer; only the sandbox does that, as a fault too.
    var drops = false
    /// For the log: a stable reason when it was refused or failed.
    var reason = ""
    /// For the log, in a sentence: see `Transaction.about`.
    var about: String?
    /// For the log: how it ended, where the status alone does not tell.
    var outcome: Transaction.Outcome?
    /// For the operator's log: what broke here, with where it was thrown; nil unless it is a defect. Never sent.
    var problem: String?
    /// For the log: the client, where only the handler knows it.
    var client = ""

    /// An answer with a JSON body.
    static func json(_ body: JSON, status: Int = 200) -> WebReply { WebReply(status: status, body: body) }
}
