import Core

/// A path with a query; what was not given is left out.
enum Query {
    static func path(_ path: String, _ wanted: [(name: String, value: String?)]) -> String {
        let pairs = wanted.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }
}

/// Builds a body from options; what was not given is left out.
struct Body {
    private var members = JSONObject()
    var json: JSON { .object(members) }

    mutating func set(_ name: String, _ value: String?) { if let value { members[name] = .string(value) } }
    mutating func set(_ name: String, _ value: Bool?) { if let value { members[name] = .bool(value) } }
    mutating func set(_ name: String, _ value: Int64?) { if let value { members[name] = .int(value) } }
    mutating func set(_ name: String, _ values: [String]) {
        if !values.isEmpty { members[name] = .array(values.map { .string($0) }) }
    }
    mutating func set(_ name: String, _ value: JSON) { members[name] = value }
    mutating func set(_ name: String, _ secret: Secret) {
        members[name] = .string(secret.reveal { String(decoding: $0, as: UTF8.self) })
    }
}
