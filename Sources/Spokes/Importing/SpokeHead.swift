import Core

/// What stands before the actions of an imported spoke file.
struct SpokeHead {
    private let api: OpenAPI
    private let security: OpenAPISecurity
    private let operations: [OpenAPIOperation]

    init(_ api: OpenAPI, _ security: OpenAPISecurity, _ operations: [OpenAPIOperation]) {
        self.api = api
        self.security = security
        self.operations = operations
    }

    func text(_ name: String) -> String {
        var text =
            "# Made from \(Shown.line(api.file)). Read it through: what a description does not say, a person has to.\n"
        if let server = api.server {
            let origin = OpenAPI.origin(of: server) ?? server
            text += "# The connection's URL: \(Shown.line(origin))\n"
        }
        text += SpokeText.members([
            "spoke": .string(name), "title": .string(Wording.sentence(api.title, otherwise: Wording.title(name))),
            "version": 1,
            "source": .string(Wording.sentence("\(api.title) \(api.version)", otherwise: "an OpenAPI description")),
            "base": "{connection.url}", "authentication": .texts(authentication),
        ])
        text += Set(ways.compactMap(Self.keyNote)).sorted().joined()
        if authentication.contains("oauth") { text += oauth }
        text += "# Where an error body says its code, and what the codes mean here: look at the provider's errors.\n"
        text += SpokeText.members(["errors": ["code": .string(errorCode)], "reasons": reasons])
        text += "# rate_limit: { reset: HEADER, at: date }, where the provider says when a limit ends.\n"
        return text
    }

    private static func keyNote(_ way: OpenAPISecurity.Way) -> String? {
        guard case .header(let header, let prefix) = way else { return nil }
        let before = prefix.map { ", prefix \($0)" } ?? ""
        return "# A header_key credential: header \(Shown.line(header))\(before).\n"
    }

    /// What the chosen operations take, or all of the description's where they ask for nothing.
    private var ways: [OpenAPISecurity.Way] {
        let asked = operations.flatMap { security.ways(of: $0) }
        return asked.isEmpty ? security.schemes.map(\.way) : asked
    }

    private var authentication: [String] {
        let words = ways.compactMap { way -> String? in
            switch way {
            case .oauth: "oauth"
            case .basic: "basic"
            case .header: "header_key"
            case .other: nil
            }
        }
        let inOrder = ["oauth", "basic", "header_key"].filter(words.contains)
        return inOrder.isEmpty ? ["header_key"] : inOrder
    }

    /// The part `oauth`: the addresses that lie at the connection's own host.
    private var oauth: String {
        var members = JSONObject()
        var notes = ""
        for (name, key) in [("authorize", "authorizationUrl"), ("token", "tokenUrl")] {
            guard let url = security.flow?[key]?.string else { continue }
            let isOwn = OpenAPI.origin(of: url) == nil || OpenAPI.origin(of: url) == api.server.flatMap(OpenAPI.origin)
            let path = "{connection.url}" + OpenAPI.path(of: url)
            if isOwn, Template(path)?.inputs == ["connection.url"], Literals.isFit(path) {
                members[name] = .string(path)
            } else {
                notes += "# Not at the connection's host; a credential says it as \(name)_url: \(Shown.line(url))\n"
            }
        }
        if security.declaredScopes.contains("offline_access") { members["offline_scope"] = "offline_access" }
        members["refresh_repeat"] = "ask"
        return notes + SpokeText.members(["oauth": .object(members)])
    }

    /// Where the descriptions of refusals have something like a code.
    private var errorCode: String {
        var reader = SchemaReader(api)
        for operation in operations {
            for member in operation.json["responses"]?.object?.members ?? [] where !member.name.hasPrefix("2") {
                do {
                    if let pointer = try codePointer(member.value, &reader) { return pointer }
                } catch { continue }
            }
        }
        return "/code"
    }

    private func codePointer(_ response: JSON, _ reader: inout SchemaReader) throws(Unfit) -> String? {
        let content = try api.resolved(response)["content"]?.object?.members ?? []
        guard let schema = content.first(where: { SchemaImport.isJSON($0.name) })?.value["schema"] else { return nil }
        let flat = try reader.flat(schema)
        for name in Self.codes {
            guard let property = flat.properties.first(where: { $0.name == name }) else { continue }
            let inner = try reader.flat(property.schema)
            if ["string", "integer"].contains(inner.type) { return "/\(name)" }
            let nested = Self.codes.first { name in inner.properties.contains { $0.name == name } }
            if let nested { return "/\(name)/\(nested)" }
        }
        return nil
    }

    /// Names of members that hold a code, the likeliest first.
    private static let codes = ["errorCode", "error_code", "code", "error", "type"]

    /// By HTTP status, as RFC 9110 §15.5 means them, until the provider's codes stand here.
    private let reasons: JSON = [
        "400": "validation_failed", "403": "not_permitted", "404": "not_found", "409": "conflict",
        "422": "validation_failed",
    ]
}
