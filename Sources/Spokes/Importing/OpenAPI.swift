import Core
import Documents

/// Why something of an OpenAPI description cannot become a part of a spoke file.
struct Unfit: Error, Equatable {
    let what: String
}

/// An OpenAPI description, 3.0 or 3.1, with its references followed within bounds. Nothing is fetched.
struct OpenAPI: Sendable {
    let root: JSON
    let file: String
    let title: String
    let version: String
    /// The operations, in the order of their paths in the document.
    private(set) var operations: [OpenAPIOperation] = []
    /// What `#/components/KIND/NAME` leads to, by `KIND/NAME`.
    private let components: [String: JSON]

    /// Reads a document; throws `DocumentProblem` when it cannot be read, is of another version, or has no paths.
    static func read(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> OpenAPI {
        try OpenAPI(try Documents.published(bytes, file: file), file: file)
    }

    private init(_ root: JSON, file: String) throws(DocumentProblem) {
        func problem(_ what: String) -> DocumentProblem { DocumentProblem(file: file, line: 1, what: what) }
        guard let version = root["openapi"]?.string, version.hasPrefix("3.0.") || version.hasPrefix("3.1.") else {
            throw problem("not an OpenAPI description of version 3.0 or 3.1: it must say so under \"openapi\"")
        }
        self.root = root
        self.file = file
        title = root.value(at: "/info/title")?.string ?? "Untitled"
        self.version = root.value(at: "/info/version")?.scalar ?? "unknown"
        var found: [String: JSON] = [:]
        for kind in root["components"]?.object?.members ?? [] {
            for member in kind.value.object?.members ?? [] { found["\(kind.name)/\(member.name)"] = member.value }
        }
        components = found
        guard let paths = root["paths"]?.object else { throw problem("the description has no \"paths\"") }
        for path in paths.members {
            let item: JSON
            do { item = try resolved(path.value) } catch {
                throw problem("the path \(Shown.name(path.name)) cannot be read: \(error.what)")
            }
            operations += OpenAPIOperation.all(path.name, item)
        }
    }

    /// What a value is once its references are followed (OpenAPI 3.1 §4.8.23).
    func resolved(_ value: JSON) throws(Unfit) -> JSON {
        var value = value
        for _ in 0..<Limits.openAPIReferences.value {
            guard let reference = value["$ref"]?.string else { return value }
            value = try target(of: reference)
        }
        throw Unfit(what: "a reference leads in a circle, or over more than \(Limits.openAPIReferences.value) others")
    }

    private func target(of reference: String) throws(Unfit) -> JSON {
        guard reference.hasPrefix("#/") else {
            throw Unfit(
                what: "it refers to another document (\(Shown.name(reference))), and none is fetched; bundle the "
                    + "description into one file first")
        }
        let pointer = String(reference.dropFirst())
        let start = "/components/"
        if pointer.hasPrefix(start), !pointer.contains("~"), !pointer.contains("%"),
            let found = components[String(pointer.dropFirst(start.count))]
        {
            return found
        }
        let decoded = PercentEncoding.decode(pointer.utf8).map { String(decoding: $0, as: UTF8.self) }
        guard let decoded, let found = root.value(at: decoded) else {
            throw Unfit(what: "there is nothing at \(Shown.name(reference))")
        }
        return found
    }

    /// The path of the first server's address, which stands before every path; empty for none.
    var prefix: String {
        guard var url = root["servers"]?.array?.first?["url"]?.string else { return "" }
        for variable in root.value(at: "/servers/0/variables")?.object?.members ?? [] {
            url = url.replacing("{\(variable.name)}", with: variable.value["default"]?.string ?? "")
        }
        return Self.path(of: url)
    }

    /// The address of the first server, as it stands there; nil where it names no host.
    var server: String? {
        root["servers"]?.array?.first?["url"]?.string.flatMap { $0.contains("://") ? $0 : nil }
    }

    /// The path of an address, without a slash at its end.
    static func path(of url: String) -> String {
        var rest = url[...]
        if let scheme = url.firstRange(of: "://") {
            rest = url[scheme.upperBound...].drop { $0 != "/" }
        }
        while rest.last == "/" { rest = rest.dropLast() }
        return rest.isEmpty || rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    /// The scheme and host of an address; nil where it names none.
    static func origin(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        return String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" })
    }
}

/// One operation of a description.
struct OpenAPIOperation: Sendable {
    /// Its `operationId`; without one its method and path.
    let id: String
    /// In capital letters.
    let method: String
    let path: String
    let json: JSON
    /// What stands at its path for all methods.
    let item: JSON

    /// `METHOD path`.
    var place: String { "\(method) \(path)" }

    /// What may stand under a path (OpenAPI 3.1 §4.8.9).
    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    static func all(_ path: String, _ item: JSON) -> [OpenAPIOperation] {
        (item.object?.members ?? []).filter { methods.contains($0.name) && $0.value.object != nil }.map { member in
            let method = member.name.uppercased()
            return OpenAPIOperation(
                id: member.value["operationId"]?.string ?? "\(method) \(path)", method: method, path: path,
                json: member.value, item: item)
        }
    }
}

extension JSON {
    /// A single value as text; nil for lists, objects and null.
    fileprivate var scalar: String? {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .bool(let truth): String(truth)
        case .null, .array, .object: nil
        }
    }
}
