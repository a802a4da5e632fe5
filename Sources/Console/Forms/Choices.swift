import Core
import Ports

/// What the value of a field may be chosen from.
struct Choices: Sendable {
    struct Choice: Sendable {
        let value: String
        let shown: String
        var says: String?
    }

    let visit: Visit

    /// The nouns whose names a field takes.
    private static let nouns = [
        "user": "user", "group": "group", "role": "role", "credential": "credential", "credentials": "credential",
        "connection": "connection", "alias": "alias", "through": "connection", "rotate_through": "connection",
        "spoke": "spoke", "scopes": "scope", "client": "client", "flow": "flow", "create_roles": "role",
        "read_roles": "role", "write_roles": "role", "delete_roles": "role", "settings.spoke": "spoke",
    ]

    /// Nil when people type: there is no such list, the caller may not see it, or it is too long to choose from.
    func of(_ field: Field, row: JSON?) async throws -> [Choice]? {
        if case .oneOf(let words) = field.kind { return words.map { Choice(value: $0, shown: Words.spoken($0)) } }
        if field.isMember, case .bool = field.kind {
            return [Choice(value: "true", shown: "Yes"), Choice(value: "false", shown: "No")]
        }
        if ["action", "actions"].contains(field.name) { return try await actions(of: row) }
        guard field.isText, let noun = Self.nouns[field.name], visit.may("\(noun).list") else { return nil }
        let (items, next) = try await visit.page("\(noun).list")
        guard next == nil, items.count < Limits.pageRows.value else { return nil }
        let known =
            field.name == "scopes"
            ? ScopeName.builtIn.map { Choice(value: $0.name, shown: $0.name, says: $0.says) } : []
        return known
            + items.compactMap { item -> Choice? in
                guard let name = item["name"]?.string, !name.isEmpty else { return nil }
                let says = item["says"]?.string ?? item["title"]?.string ?? item["display_name"]?.string
                return Choice(value: name, shown: name, says: says == name || says?.isEmpty == true ? nil : says)
            }
    }

    /// The actions of the spoke that the row is for.
    private func actions(of row: JSON?) async throws -> [Choice]? {
        guard let spoke = row?["spoke"]?.string, visit.may("spoke.get") else { return nil }
        let actions = try await visit.run("spoke.get", id: spoke)["actions"]?.array ?? []
        return actions.compactMap { action in
            guard let key = action["key"]?.string else { return nil }
            let says = [action["says"]?.string ?? "", Self.effect(action)].filter { !$0.isEmpty }
            return Choice(
                value: key, shown: action["name"]?.string ?? key, says: says.joined(separator: " "))
        }
    }

    /// How much an action can destroy, in words.
    static func effect(_ action: JSON) -> String {
        switch action["destructive"]?.string {
        case "permanent": "Permanent: it can't be taken back."
        case "reversible": "Changes something; it can be taken back."
        default: ""
        }
    }
}

extension Field {
    /// The members that it has under each word of another field; nil if it is no such object.
    var parts: [Part]? { if case .parts(_, let parts) = kind { parts } else { nil } }
    var isSecret: Bool { if case .secret = kind { true } else { false } }
    var isText: Bool {
        switch kind {
        case .text, .texts: true
        default: false
        }
    }
}
