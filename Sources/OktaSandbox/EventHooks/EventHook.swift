public import Core
import Synchronization

/// An event hook of the simulated org.
struct EventHook: Sendable {
    let id: String
    let created: Timestamp
    let createdBy: String
    var isActive = true
    var isVerified = false
    var lastUpdated: Timestamp
    var wish: EventHookWish

    var name: String { wish.name }

    /// As Okta shows it: never with the value that proves a call.
    func json(baseURL: String) -> JSON {
        let own = "\(baseURL)/api/v1/eventHooks/\(id)"
        func link(_ name: String) -> JSON {
            ["href": .string("\(own)/lifecycle/\(name)"), "hints": ["allow": ["POST"]]]
        }
        var links: JSONObject = ["self": ["href": .string(own)], "verify": link("verify")]
        let change = isActive ? "deactivate" : "activate"
        links[change] = link(change)
        var config: JSONObject = [
            "uri": .string(wish.uri), "headers": .array(wish.headers), "method": "POST",
        ]
        if let key = wish.authHeader { config["authScheme"] = ["type": "HEADER", "key": .string(key)] }
        return [
            "id": .string(id), "status": isActive ? "ACTIVE" : "INACTIVE",
            "verificationStatus": isVerified ? "VERIFIED" : "UNVERIFIED", "name": .string(wish.name),
            "created": .string(created.rfc3339), "createdBy": .string(createdBy),
            "lastUpdated": .string(lastUpdated.rfc3339),
            "events": ["type": "EVENT_TYPE", "items": .texts(wish.events), "filter": .null],
            "channel": ["type": "HTTP", "version": "1.0.0", "config": .object(config)],
            "_links": .object(links),
        ]
    }
}

/// What a body asks of an event hook.
struct EventHookWish: Sendable {
    private static let mostEvents = 300

    let name: String
    let events: [String]
    let uri: String
    let headers: [JSON]
    let authHeader: String?
    let authValue: Secret?

    init(_ body: JSONObject) throws(OktaError) {
        guard let name = body["name"]?.string, !name.isEmpty else {
            throw .validation("name", "name: The field cannot be left blank")
        }
        self.name = name
        let events = body["events"]
        guard events?["type"] == "EVENT_TYPE", let items = events?["items"]?.array, !items.isEmpty,
            items.count <= Self.mostEvents
        else { throw .validation("events", "events: Must be of type EVENT_TYPE with 1 to \(Self.mostEvents) items") }
        self.events = items.compactMap(\.string)
        guard self.events.count == items.count, self.events.allSatisfy({ EligibleEvents.all.contains($0[...]) }) else {
            throw .validation("events", "events: An event type is not eligible for event hooks")
        }
        let channel = body["channel"]
        guard channel?["type"] == "HTTP", channel?["version"] == "1.0.0", let config = channel?["config"],
            let uri = config["uri"]?.string
        else { throw .validation("channel", "channel: Must be of type HTTP, version 1.0.0, with config.uri") }
        guard uri.hasPrefix("https://") else { throw .validation("uri", "uri: Must begin with https") }
        self.uri = uri
        headers = config["headers"]?.array ?? []
        authHeader = config["authScheme"]?["key"]?.string
        authValue = config["authScheme"]?["value"]?.string.map { Secret($0) }
        guard (authHeader == nil) == (authValue == nil) else {
            throw .validation("authScheme", "authScheme: Needs key and value")
        }
    }

    /// Whether a call would go elsewhere, or prove itself otherwise.
    func hasOtherChannel(than other: EventHookWish) -> Bool {
        guard uri == other.uri, headers == other.headers, authHeader == other.authHeader else { return true }
        switch (authValue, other.authValue) {
        case (nil, nil): return false
        case (let one?, let two?): return !one.matches(two)
        default: return true
        }
    }
}

/// The one question that Okta asks an event hook's address before it sends there.
public struct HookChallenge: Sendable {
    /// Where a GET goes.
    public let uri: String
    /// The value of `X-Okta-Verification-Challenge`, which must come back.
    public let challenge: String
    /// The hook's own headers.
    public let headers: [(name: String, value: String)]
    /// The header that proves the caller, and its value; nil when the hook has none.
    public let auth: (header: String, value: Secret)?

    /// Whether an answer is the right one: 200, and JSON that gives the value back.
    public func isAnswered(by status: Int, _ body: [UInt8]) -> Bool {
        guard status == 200 else { return false }
        do { return try JSON.read(body)["verification"] == .string(challenge) } catch { return false }
    }
}

/// Remembers the question that an org asked.
private final class Asked: Sendable {
    private let state = Mutex<HookChallenge?>(nil)
    var challenge: HookChallenge? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

extension OktaOrg {
    /// The question that a request would make the org ask an address; nil for nearly every request. Moves nothing:
    /// whoever runs the org asks it, tells the org by `answersChallenge`, and hands the request over.
    public func challenge(of request: SandboxRequest, at given: Timestamp) -> HookChallenge? {
        guard request.method == "POST", request.path.hasPrefix("/api/v1/eventHooks/"),
            request.path.hasSuffix("/lifecycle/verify")
        else { return nil }
        let asked = Asked()
        var trial = self
        trial.answersChallenge = { challenge in
            asked.challenge = challenge
            return false
        }
        _ = trial.respond(to: request, at: given)
        return asked.challenge
    }

    /// Where the event hook of that id stands.
    func index(ofHook id: String) throws(OktaError) -> Int {
        guard let index = hooks.firstIndex(where: { $0.id == id }) else { throw .notFound(id, .hook) }
        return index
    }
}
