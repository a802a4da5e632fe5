import Core

/// How an action's inputs become one request.
struct RequestTemplate: Sendable {
    enum Method: String, CaseIterable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// How the inputs inside one query value are encoded before the whole value is.
    enum Quoting: String, CaseIterable, Sendable {
        case plain
        /// A SCIM filter.
        case filter
        /// An encoded query of the Table API.
        case encodedQuery = "encoded_query"

        func encode(_ text: String) -> String? {
            switch self {
            case .plain: text
            case .filter: Percent.filterText(text)
            case .encodedQuery: Percent.encodedQueryText(text)
            }
        }
    }

    let method: Method
    /// As the file states it; this is what the log shows.
    let path: String
    let pathTemplate: Template
    let query: [QueryEntry]
    let headers: [(name: String, template: Template)]
    /// A JSON value in which the text `{name}` stands for that input's value, and the member `...` for an object's
    /// members.
    let body: JSON?

    /// One parameter of the query.
    struct QueryEntry: Sendable {
        let name: String
        let quoting: Quoting
        /// The first one whose inputs are all given counts; there is always one.
        let templates: [Template]
    }

    /// A request before its credential and its host are known.
    struct Filled: Sendable, Equatable {
        let target: String
        let headers: [[String]]
        let body: JSON?
    }

    /// Puts the inputs into their places; nil when one can't be encoded for its place.
    func filled(_ input: JSONObject) -> Filled? {
        guard var target = pathTemplate.filled(input, Percent.segment) else { return nil }
        var pairs: [String] = []
        for entry in query {
            guard let template = entry.templates.first(where: { isGiven($0, input) }) else { continue }
            guard let value = template.filled(input, entry.quoting.encode), !Percent.hasControl(value) else {
                return nil
            }
            pairs.append("\(PercentEncoding.encode(entry.name))=\(PercentEncoding.encode(value))")
        }
        if !pairs.isEmpty { target += "?" + pairs.joined(separator: "&") }
        var filledHeaders: [[String]] = []
        for header in headers where isGiven(header.template, input) {
            guard let value = header.template.filled(input, Percent.headerValue) else { return nil }
            filledHeaders.append([header.name, value])
        }
        guard let body else { return Filled(target: target, headers: filledHeaders, body: nil) }
        do {
            let value = try Self.fill(body, input) ?? .object(JSONObject())
            return Filled(target: target, headers: filledHeaders, body: value)
        } catch { return nil }
    }

    /// All inputs that it uses.
    var inputs: Set<String> {
        let templates = [pathTemplate] + query.flatMap(\.templates) + headers.map(\.template)
        return Set(templates.flatMap(\.inputs)).union(body.map(Self.inputs(of:)) ?? [])
    }

    /// An entry whose optional inputs were left out is left out itself.
    private func isGiven(_ template: Template, _ input: JSONObject) -> Bool {
        template.inputs.allSatisfy { input[$0] != nil }
    }

    static func inputs(of body: JSON) -> Set<String> {
        switch body {
        case .string(let text): placeholder(text).map { [$0] } ?? []
        case .array(let items): items.reduce(into: []) { $0.formUnion(inputs(of: $1)) }
        case .object(let object): object.members.reduce(into: []) { $0.formUnion(inputs(of: $1.value)) }
        case .null, .bool, .int, .double: []
        }
    }

    /// Two members would have the same name: one of the file and one of an input's object.
    struct NameTwice: Error {}

    /// A part of the body; nil when it holds inputs and none of them was given.
    static func fill(_ body: JSON, _ input: JSONObject) throws(NameTwice) -> JSON? {
        switch body {
        case .string(let text): return placeholder(text).map { input[$0] } ?? body
        case .array(let items):
            var filled: [JSON] = []
            for item in items { if let value = try fill(item, input) { filled.append(value) } }
            return .array(filled)
        case .object(let object):
            let used = inputs(of: body)
            guard used.isEmpty || used.contains(where: { input[$0] != nil }) else { return nil }
            var result = JSONObject()
            for member in object.members where member.name != "..." {
                result[member.name] = try fill(member.value, input)
            }
            guard case .string(let text) = object["..."], let name = placeholder(text) else { return .object(result) }
            for member in input[name]?.object?.members ?? [] {
                guard object[member.name] == nil, result[member.name] == nil else { throw NameTwice() }
                result[member.name] = member.value
            }
            return .object(result)
        case .null, .bool, .int, .double: return body
        }
    }

    private static func placeholder(_ text: String) -> String? {
        guard let template = Template(text), template.parts.count == 1, case .input(let name) = template.parts[0]
        else { return nil }
        return name
    }
}
