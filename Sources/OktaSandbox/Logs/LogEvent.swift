import Core

/// What happened in the org, as its system log keeps it.
struct LogEvent: Sendable, Equatable {
    /// Who did something, or to what it was done.
    struct Party: Sendable, Equatable {
        let id: String
        let type: String
        let alternateID: String
        let name: String

        var json: JSON {
            [
                "id": .string(id), "type": .string(type), "alternateId": .string(alternateID),
                "displayName": .string(name), "detailEntry": .null,
            ]
        }
    }

    /// The order in which events were kept, from 1; also the order of polling.
    let sequence: Int
    let uuid: String
    /// When it happened.
    let published: Timestamp
    let type: String
    let message: String
    let actor: Party
    let targets: [Party]
    let succeeded: Bool

    var result: String { succeeded ? "SUCCESS" : "FAILURE" }

    var json: JSON {
        [
            "uuid": .string(uuid), "published": .string(published.rfc3339), "eventType": .string(type),
            "version": "0", "severity": .string(succeeded ? "INFO" : "WARN"), "legacyEventType": .null,
            "displayMessage": .string(message), "actor": actor.json,
            "client": ["userAgent": .null, "zone": .null, "device": .null, "id": .null, "ipAddress": .null],
            "outcome": ["result": .string(result), "reason": .null], "target": .array(targets.map(\.json)),
            "transaction": ["type": "WEB", "id": .string(uuid), "detail": [:]],
            "debugContext": ["debugData": [:]],
            "authenticationContext": ["authenticationStep": 0, "externalSessionId": "trs"],
            "securityContext": ["isProxy": .null], "request": ["ipChain": []],
        ]
    }

    /// What a filter compares.
    func values(_ attribute: String) -> [String] {
        switch attribute {
        case "uuid": [uuid]
        case "eventType": [type]
        case "severity": [succeeded ? "INFO" : "WARN"]
        case "displayMessage": [message]
        case "outcome.result": [result]
        case "actor.id": [actor.id]
        case "actor.alternateId": [actor.alternateID]
        case "actor.displayName": [actor.name]
        case "target.id": targets.map(\.id)
        case "target.type": targets.map(\.type)
        case "target.alternateId": targets.map(\.alternateID)
        case "target.displayName": targets.map(\.name)
        default: []
        }
    }

    /// What `filter` knows here; `published` is not among them, as at Okta.
    static let filterable: Set<String> = [
        "uuid", "eventType", "severity", "displayMessage", "outcome.result", "actor.id", "actor.alternateId",
        "actor.displayName", "target.id", "target.type", "target.alternateId", "target.displayName",
    ]

    /// Whether each word stands in one of its values, whatever the case.
    func holds(_ words: [Substring]) -> Bool {
        let texts = Self.filterable.flatMap(values).map { $0.lowercased() }
        return words.allSatisfy { word in texts.contains { $0.contains(word.lowercased()) } }
    }
}

extension LogEvent.Party {
    static func user(_ person: Person) -> Self {
        Self(
            id: person.id, type: "User", alternateID: person.login,
            name: person.profile["displayName"]?.string ?? person.login)
    }

    static func group(_ group: Group) -> Self {
        Self(id: group.id, type: "UserGroup", alternateID: "unknown", name: group.name)
    }

    static func app(_ app: App) -> Self {
        Self(id: app.id, type: "AppInstance", alternateID: app.label, name: app.label)
    }

    static func hook(_ hook: EventHook) -> Self {
        Self(id: hook.id, type: "EventHook", alternateID: "unknown", name: hook.name)
    }

    static func factor(_ factor: Factor) -> Self {
        Self(id: factor.id, type: "AuthenticatorEnrollment", alternateID: "unknown", name: factor.type)
    }
}

extension OktaOrg {
    /// How many events are kept; the oldest go.
    private static let mostEvents = 10_000

    /// Keeps an event; whoever calls did it.
    mutating func note(
        _ type: String, _ message: String, _ targets: [LogEvent.Party], _ call: Call, succeeded: Bool = true
    ) {
        note(type, message, targets, by: party(caller.userID, caller.appID), at: call.now, succeeded: succeeded)
    }

    /// Keeps an event of the authorization server, about an application and whoever signed in to it.
    mutating func note(_ type: String, app: String?, user: String?, at now: Timestamp) {
        let target = apps.first { $0.id == app }.map(LogEvent.Party.app)
        note(
            type, "OAuth", target.map { [$0] } ?? [], by: party(user, app), at: now,
            succeeded: type != "app.oauth2.token.detect_reuse")
    }

    private func party(_ user: String?, _ app: String?) -> LogEvent.Party? {
        persons.first { $0.id == user }.map(LogEvent.Party.user) ?? apps.first { $0.id == app }.map(LogEvent.Party.app)
    }

    private mutating func note(
        _ type: String, _ message: String, _ targets: [LogEvent.Party], by owner: LogEvent.Party?,
        at now: Timestamp, succeeded: Bool
    ) {
        events.append(
            LogEvent(
                sequence: (events.last?.sequence ?? 0) + 1, uuid: dice.uuid(), published: now,
                type: type, message: message,
                actor: owner ?? .init(id: "unknown", type: "SystemPrincipal", alternateID: "system", name: "Okta"),
                targets: targets, succeeded: succeeded))
        if events.count > Self.mostEvents { events.removeFirst(events.count - Self.mostEvents) }
    }
}
