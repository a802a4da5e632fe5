import AuditTrail
import Core
import Storage

/// One entry of the application registry with its scopes and secrets, as it is stored.
struct Client: Sendable, Equatable {
    let id: ClientID
    /// The public identifier that the application sends (RFC 6749 §2.2).
    let publicID: String
    var name: String
    let application: String
    var isActive: Bool
    var user: UserID
    var tokenSeconds: Int64
    let epoch: Int64
    let createdAt: Timestamp
    var updatedAt: Timestamp
    var scopes: [String]
    var secrets: [ClientSecret]
    var settings = ClientSettings()

    /// As administrators see it; the secrets by id only.
    var json: JSON {
        let before: JSONObject = [
            "id": .string(id.rawValue), "client_id": .string(publicID), "name": .string(name),
            "application": .string(application), "active": .bool(isActive), "user": .string(user.rawValue),
            "scopes": .texts(scopes), "token_seconds": .int(tokenSeconds),
        ]
        let after: JSONObject = [
            "secrets": .array(secrets.map(\.json)), "created_at": .string(createdAt.rfc3339),
            "updated_at": .string(updatedAt.rfc3339),
        ]
        return .object(JSONObject(unique: before.members + settings.json.members + after.members))
    }

    /// As the history keeps it: configuration only, so that a used secret or a revocation is no difference.
    var history: JSON {
        let own: JSONObject = [
            "client_id": .string(publicID), "name": .string(name), "active": .bool(isActive),
            "user": .string(user.rawValue), "scopes": .texts(scopes), "token_seconds": .int(tokenSeconds),
        ]
        return .object(JSONObject(unique: own.members + settings.json.members))
    }

    var configRow: ConfigRow { ConfigRow("client", id: id.rawValue, name: name, application: application) }
}

extension Client {
    var target: AuditEvent.Target { .init("client", id: id.rawValue, name: name) }
    var actor: Actor { Actor(.client, id: id.rawValue, name: name) }
}

/// One secret of a client: a hash and when it counts.
struct ClientSecret: Sendable, Equatable {
    let id: String
    let hash: [UInt8]
    let createdAt: Timestamp
    /// The moment from which it no longer counts; nil for no end.
    let until: Timestamp?
    let lastUsedAt: Timestamp?

    func counts(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

    var json: JSON {
        [
            "id": .string(id), "created_at": .string(createdAt.rfc3339),
            "until": until.map { .string($0.rfc3339) } ?? .null,
            "last_used_at": lastUsedAt.map { .string($0.rfc3339) } ?? .null,
        ]
    }
}
