public import Core

/// What a token may be used for at most, as one object of `authorization_details` names it (RFC 9396 §2).
///
/// `linchpin_api` names calls of the hub's APIs: methods, and tables or path patterns or both. `linchpin_action` names
/// actions of a connection, by an alias.
public struct AuthorizationDetail: Sendable, Hashable {
    /// The types that are offered.
    public enum Kind: String, Sendable, CaseIterable {
        case api = "linchpin_api"
        case action = "linchpin_action"
    }

    /// `type`.
    public let kind: Kind
    /// The hubs that it is for, by their issuers; empty for any.
    public let locations: [String]
    /// The methods of calls, or the names of actions.
    public let actions: [String]
    /// The tables that calls are about; empty for any call.
    public let datatypes: [String]
    /// Patterns of the paths that are called; empty for any path.
    public let paths: [PathPattern]
    /// Through which the actions are run; nil for calls.
    public let alias: String?

    /// The methods that calls may be named by.
    public static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// Reads one that somebody sent. RFC 9396 §5 (MUST): an unknown type, an unknown member, a wrong or missing value is
    /// refused.
    public init(reading json: JSON) throws(DetailProblem) {
        guard let object = json.object else { throw DetailProblem(what: "it is not an object") }
        guard let kind = object["type"]?.string.flatMap(Kind.init) else {
            throw DetailProblem(what: "its type is not one that is offered")
        }
        let known =
            switch kind {
            case .api: ["type", "locations", "actions", "datatypes", "paths"]
            case .action: ["type", "locations", "actions", "alias"]
            }
        guard object.members.allSatisfy({ known.contains($0.name) }) else {
            throw DetailProblem(what: "its type has no such member; it has \(known.joined(separator: ", "))")
        }
        self.kind = kind
        locations = try Self.names("locations", in: object, else: "addresses") { _ in true }
        switch kind {
        case .api:
            actions = try Self.names("actions", in: object, else: "HTTP methods", Self.methods.contains)
            datatypes = try Self.names("datatypes", in: object, else: "tables", TableName.isWellFormed)
            paths = try Self.names("paths", in: object, else: "path patterns") { PathPattern.problem($0) == nil }
                .map(PathPattern.init)
            alias = nil
            guard !datatypes.isEmpty || !paths.isEmpty else {
                throw DetailProblem(what: "it names neither datatypes nor paths")
            }
        case .action:
            actions = try Self.names("actions", in: object, else: "actions", Self.isAction)
            alias = object["alias"]?.string
            datatypes = []
            paths = []
            guard let alias, Self.isName(alias) else { throw DetailProblem(what: "it names no alias") }
        }
        guard !actions.isEmpty else { throw DetailProblem(what: "it names no actions") }
    }

    /// One that was read before, as it was kept; nil if it cannot be read any more, so that it covers nothing.
    public init?(stored json: JSON) {
        do { try self.init(reading: json) } catch { return nil }
    }

    /// As it is kept, shown and told.
    public var json: JSON {
        var members: JSONObject = ["type": .string(kind.rawValue)]
        if !locations.isEmpty { members["locations"] = .texts(locations) }
        members["actions"] = .texts(actions)
        if !datatypes.isEmpty { members["datatypes"] = .texts(datatypes) }
        if !paths.isEmpty { members["paths"] = .texts(paths.map(\.text)) }
        members["alias"] = alias.map { .string($0) }
        return .object(members)
    }

    /// For the person who is asked: what is called, and on what.
    public var words: (what: String, on: String) {
        let what = actions.joined(separator: ", ")
        guard kind == .api else { return (what, "through the alias \(alias ?? "-")") }
        let tables = datatypes.isEmpty ? [] : ["the tables " + datatypes.joined(separator: ", ")]
        let places = paths.isEmpty ? [] : ["the paths " + paths.map(\.text).joined(separator: ", ")]
        return (what, "on " + (tables + places).joined(separator: ", at "))
    }

    /// Whether it names nothing beyond the other.
    public func isWithin(_ other: Self) -> Bool {
        /// By bytes; empty stands for any.
        func fits(_ some: [String], _ all: [String]) -> Bool {
            all.isEmpty || !some.isEmpty && Set(some.map { Array($0.utf8) }).isSubset(of: all.map { Array($0.utf8) })
        }
        return kind == other.kind && fits(alias.map { [$0] } ?? [], other.alias.map { [$0] } ?? [])
            && fits(locations, other.locations)
            && fits(actions, other.actions) && fits(datatypes, other.datatypes)
            && fits(paths.map(\.text), other.paths.map(\.text))
    }

    /// The texts of a member, empty where it is left out.
    private static func names(
        _ name: String, in object: JSONObject, else kind: String, _ isFit: (String) -> Bool
    ) throws(DetailProblem) -> [String] {
        guard let member = object[name] else { return [] }
        guard let names = member.texts, !names.isEmpty, names.count <= Limits.detailNames.value,
            Set(names).count == names.count, names.allSatisfy({ isName($0) && isFit($0) })
        else {
            throw DetailProblem(
                what: "its \(name) must be 1 to \(Limits.detailNames.value) different \(kind), each a text")
        }
        return names
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.resourceServerBytes.value
            && text.unicodeScalars.allSatisfy(\.isPlain)
    }

    private static func isAction(_ name: String) -> Bool {
        ActionName(name) != nil && name.utf8.allSatisfy { PercentEncoding.isUnreserved($0) }
    }
}

/// Why an authorization detail cannot be taken. Quotes nothing that was sent.
public struct DetailProblem: Error, Sendable, Equatable {
    /// As the end of a sentence.
    public let what: String
}
