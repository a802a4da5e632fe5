import Core
import Documents

extension RequestTemplate {
    /// Reads `request` and checks that its placeholders and the inputs fit each other.
    static func read(_ outer: inout MapReader, input: InputSchema) throws(DocumentProblem) -> RequestTemplate {
        let line = outer.line(of: "request")
        var map = try outer.map("request")
        let method = try map.word("method", as: Method.self)
        let path = try map.text("path")
        let template = RequestTemplate(
            method: method, path: path, pathTemplate: try pathTemplate(path, map), query: try query(&map),
            headers: try headers(&map), body: map.optionalNode("body")?.json)
        try map.end()
        if template.body != nil && (method == .get || method == .delete) {
            throw map.mustBe("body", "left out with method \(method.rawValue)")
        }
        for name in template.inputs.sorted() where input.property(name) == nil {
            throw map.problem(at: line, "the request of \(outer.what) uses {\(Shown.name(name))}, which is no input")
        }
        for name in template.pathTemplate.inputs where input.property(name)?.isRequired != true {
            throw map.problem(
                at: map.line(of: "path"), "{\(name)} stands in the path, so input \"\(name)\" must be required")
        }
        let inURL = template.inputs.subtracting(template.body.map(Self.inputs(of:)) ?? [])
        for property in input.properties where inURL.contains(property.name) {
            guard ![.array, .object].contains(property.kind), !property.isSensitive else {
                throw map.problem(
                    at: line,
                    "input \"\(property.name)\" of \(outer.what) may stand in the body only: it is a list, an object "
                        + "or sensitive")
            }
        }
        return template
    }

    private static func pathTemplate(_ path: String, _ map: MapReader) throws(DocumentProblem) -> Template {
        let expected = "a path that begins with /, whose segments are each a literal or one {input}"
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), !segments.isEmpty, let template = Template(path) else {
            throw map.mustBe("path", expected)
        }
        for segment in segments {
            let isInput =
                segment.hasPrefix("{") && segment.hasSuffix("}") && Template(String(segment))?.parts.count == 1
            guard isInput || Percent.segment(String(segment)) == String(segment) else {
                throw map.mustBe("path", expected)
            }
        }
        return template
    }

    private static func query(
        _ map: inout MapReader
    ) throws(DocumentProblem) -> [QueryEntry] {
        guard var inner = try map.optionalMap("query") else { return [] }
        var found: [QueryEntry] = []
        for member in inner.members {
            if case .map(let members) = member.value.content {
                var nested = try inner.map(member.key)
                let quoting = RequestTemplate.Quoting.allCases.first { way in
                    way != .plain && members.contains { $0.key == way.rawValue }
                }
                guard let quoting else { throw inner.mustBe(member.key, "text, or a map with filter or encoded_query") }
                var templates = [try template(quoting.rawValue, &nested)]
                if nested.members.contains(where: { $0.key == "otherwise" }) {
                    templates.append(try template("otherwise", &nested))
                }
                try nested.end()
                found.append(QueryEntry(name: member.key, quoting: quoting, templates: templates))
            } else {
                found.append(
                    QueryEntry(name: member.key, quoting: .plain, templates: [try template(member.key, &inner)]))
            }
        }
        return found
    }

    private static func headers(
        _ map: inout MapReader
    ) throws(DocumentProblem) -> [(name: String, template: Template)] {
        guard var inner = try map.optionalMap("headers") else { return [] }
        var found: [(name: String, template: Template)] = []
        for member in inner.members {
            guard member.key == member.key.lowercased(), !reserved.contains(member.key),
                member.key.utf8.allSatisfy({ Percent.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") })
            else {
                throw map.problem(
                    at: member.line, "a header must be named in lowercase and be none that the hub sets itself")
            }
            found.append((member.key, try template(member.key, &inner)))
        }
        return found
    }

    private static let reserved: Set<String> = [
        "accept", "authorization", "connection", "content-length", "content-type", "cookie", "host",
        "proxy-authorization", "transfer-encoding",
    ]

    private static func template(_ name: String, _ map: inout MapReader) throws(DocumentProblem) -> Template {
        guard let template = Template(try map.text(name)) else {
            throw map.mustBe(name, "text in which braces hold the name of an input")
        }
        return template
    }
}
