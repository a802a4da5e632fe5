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
    enum Quoting: Sendable {
        case plain, filter

        func encode(_ text: String) -> String? {
            switch self {
            case .plain: text
            case .filter: Percent.filterText(text)
            }
        }
    }

    let method: Method
    /// As the file states it; this is what the log shows.
    let path: String
    let pathTemplate: Template
    let query: [(name: String, quoting: Quoting, template: Template)]
    let headers: [(name: String, template: Template)]
    /// A JSON value in which the text `{name}` stands for that input's value.
    let body: JSON?

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
        for entry in query where isGiven(entry.template, input) {
            guard let value = entry.template.filled(input, entry.quoting.encode), !Percent.hasControl(value) else {
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
        return Filled(target: target, headers: filledHeaders, body: body.map { Self.fill($0, input) })
    }

    /// All inputs that it uses.
    var inputs: Set<String> {
        let templates = [pathTemplate] + query.map(\.template) + headers.map(\.template)
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

    private static func fill(_ body: JSON, _ input: JSONObject) -> JSON {
        switch body {
        case .string(let text): return placeholder(text).map { input[$0] ?? .null } ?? body
        case .array(let items): return .array(items.map { fill($0, input) })
        case .object(let object):
            var result = JSONObject()
            for member in object.members {
                if case .string(let text) = member.value, let name = placeholder(text), input[name] == nil { continue }
                result[member.name] = fill(member.value, input)
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
