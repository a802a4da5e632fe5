import Core
import Ports
import Storage

/// A row of `hook`: what an administrator chose, and how it fares.
struct Hook: Sendable, Equatable {
    let id: String
    let name: String
    let application: String
    let spoke: String
    /// Through which the provider's log is read; nil where it is not.
    var alias: String?
    /// The header that proves a call, in lowercase.
    var header: String
    /// The types of events that it expects.
    var types: [String]
    var isActive: Bool
    /// SHA-256 of the secret; nil before the first was made.
    var secret: [UInt8]?
    var secretMadeAt: Timestamp?
    /// The one before, while it is still taken.
    var oldSecret: [UInt8]?
    var oldSecretUntil: Timestamp?
    var verifiedAt: Timestamp?
    let receivedAt: Timestamp?
    /// The latest `published` of all that came.
    let latestPublished: Timestamp?
    /// From when on the provider should have sent everything; nil before it verified the address.
    var expectedSince: Timestamp?
    /// Up to when it was compared with the provider's log.
    var comparedUntil: Timestamp?
    /// Why the last comparison came to nothing; empty when it went well.
    let problem: String
    let problemSays: String
    /// How many events it did not get, all in all.
    let lost: Int64
    let lostAt: Timestamp?
    let createdAt: Timestamp
    var updatedAt: Timestamp

    var row: ConfigRow { ConfigRow("hook", id: id, name: name, application: application) }
    /// Who sends through it, as the subject of events and the origin of executions.
    var actor: Actor { Actor(.hook, id: id, name: name) }
    var path: String { Hooks.path(spoke: spoke, hook: name) }

    /// The latest `published` once these events came, too.
    func latest(with events: [HookEvent]) -> Timestamp? {
        (events.map(\.published) + [latestPublished].compactMap(\.self)).max()
    }
}

extension Hook {
    init(_ row: SQLRow) throws {
        func bytes(_ name: String) throws -> [UInt8]? { try row.value(name) == .null ? nil : row.blob(name) }
        id = try row.text("id")
        name = try row.text("name")
        application = try row.text("application")
        spoke = try row.text("spoke")
        alias = try row.optionalText("alias")
        header = try row.text("header")
        types = try JSON.read(try row.text("types")).texts ?? []
        isActive = try row.bool("active")
        secret = try bytes("secret")
        secretMadeAt = try row.optionalMoment("secret_made_at")
        oldSecret = try bytes("old_secret")
        oldSecretUntil = try row.optionalMoment("old_secret_until")
        verifiedAt = try row.optionalMoment("verified_at")
        receivedAt = try row.optionalMoment("received_at")
        latestPublished = try row.optionalMoment("latest_published")
        expectedSince = try row.optionalMoment("expected_since")
        comparedUntil = try row.optionalMoment("compared_until")
        problem = try row.text("problem")
        problemSays = try row.text("problem_says")
        lost = try row.int("lost")
        lostAt = try row.optionalMoment("lost_at")
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }
}

extension Hook {
    /// What the history keeps: what people chose, and never a secret.
    var configuration: JSON { .object(chosen) }

    /// As lists and its own page show it.
    func json(origin: String, at now: Timestamp) -> JSON {
        var members = chosen
        members["path"] = .string(path)
        members["url"] = .string(origin + path)
        let old = oldSecret == nil ? nil : oldSecretUntil
        members["old_secret_until"] = Self.shown(old.flatMap { $0 > now ? $0 : nil })
        members["verified_at"] = Self.shown(verifiedAt)
        members["received_at"] = Self.shown(receivedAt)
        members["compared_until"] = Self.shown(comparedUntil)
        members["lost"] = .int(lost)
        members["lost_at"] = Self.shown(lostAt)
        members["findings"] = .array(findings(at: now).map(\.json))
        return .object(members)
    }

    private var chosen: JSONObject {
        [
            "id": .string(id), "name": .string(name), "application": .string(application), "spoke": .string(spoke),
            "alias": alias.map { .string($0) } ?? .null, "header": .string(header),
            "types": .texts(types), "active": .bool(isActive),
            "secret_made_at": Self.shown(secretMadeAt), "created_at": .string(createdAt.rfc3339),
            "updated_at": .string(updatedAt.rfc3339),
        ]
    }

    private static func shown(_ moment: Timestamp?) -> JSON { moment.map { .string($0.rfc3339) } ?? .null }
}
