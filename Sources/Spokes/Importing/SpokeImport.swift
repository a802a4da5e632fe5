public import Core
import Documents

/// Makes a spoke file from an OpenAPI description. Pure: reads no file and no network.
public struct SpokeImport: Sendable {
    let api: OpenAPI
    let security: OpenAPISecurity

    /// Reads a description; throws `HubError` that says what is wrong with it and what to do.
    ///
    /// - Parameter file: the name for messages.
    public init(_ bytes: [UInt8], file: String) throws {
        do {
            api = try OpenAPI.read(bytes, file: file)
            security = try OpenAPISecurity(api)
        } catch let problem as DocumentProblem {
            throw HubError(.invalid, "bad_openapi", "\(problem). Correct the description, or take another one.")
        } catch let unfit as Unfit {
            throw HubError(
                .invalid, "bad_openapi", "\(file): the security schemes cannot be read: \(unfit.what). Correct them.")
        }
    }

    /// Every operation with its scopes, and whether it can become an action: `{items: [{operation, method, path, scopes,
    /// fits, why}]}`. Each one is made into a spoke file of its own and read as the hub reads it.
    public func list() -> JSON {
        let items = api.operations.map { operation -> JSON in
            var why: String?
            do { _ = try spoke([operation], named: "probe") } catch { why = Self.reason(error) }
            return [
                "operation": .string(operation.id), "method": .string(operation.method),
                "path": .string(api.prefix + operation.path), "scopes": .texts(security.scopes(of: operation)),
                "fits": .bool(why == nil), "why": why.map { .string($0) } ?? .null,
            ]
        }
        return ["items": .array(items)]
    }

    /// A spoke file with these operations.
    ///
    /// - Parameters:
    ///   - wanted: `operationId`s, or `METHOD path`.
    ///   - name: the spoke's name; nil for one after the description's title.
    /// - Returns: the file, and the table of all operations by their scopes; nil where no operation has scopes.
    ///
    /// Throws `HubError`: `unknown_operation`; `unfit_operation`, with a reason for each that cannot be expressed.
    public func spoke(operations wanted: [String], name: String?) throws -> (text: String, operations: String?) {
        let chosen = try wanted.map(find)
        guard !chosen.isEmpty else {
            throw HubError(
                .invalid, "no_operation", "No operation was chosen. See them: linchpin spoke import FILE --list.")
        }
        let name = name ?? String(Wording.name(api.title).prefix(40))
        guard MapReader.isName(name) else {
            throw HubError(
                .invalid, "bad_name", "A spoke's name must be lowercase letters, digits and _, a letter first.")
        }
        // One by one first, so that every reason is told at once.
        let refused = chosen.compactMap { operation -> String? in
            do { _ = try spoke([operation], named: name) } catch { return "\(operation.id): \(Self.reason(error))" }
            return nil
        }
        guard refused.isEmpty else {
            throw HubError(
                .invalid, "unfit_operation",
                "These operations cannot be expressed in a spoke file; leave them out.\n  "
                    + refused.joined(separator: "\n  "))
        }
        do { return (try spoke(chosen, named: name), table) } catch {
            throw HubError(
                .invalid, "unfit_operation",
                "The spoke file cannot be made: \(Self.reason(error)). "
                    + "Choose fewer operations.")
        }
    }

    /// The table of all operations that ask for scopes, as it is shipped beside a spoke file.
    var table: String? {
        let rows = api.operations.compactMap { operation -> String? in
            let scopes = security.scopes(of: operation)
            guard !scopes.isEmpty, RequestTemplate.Method(rawValue: operation.method) != nil else { return nil }
            return "\(operation.method)\t\(api.prefix)\(operation.path)\t\(scopes.joined(separator: ","))\n"
        }
        guard !rows.isEmpty else { return nil }
        let title = Shown.name("\(api.title), \(api.version)")
        return "# Operations and the OAuth scopes that each asks for: \(title).\n# method, path, scopes\n"
            + rows.joined()
    }

    private func find(_ wanted: String) throws -> OpenAPIOperation {
        let byPlace = wanted.contains(" ")
        let found = api.operations.first { operation in
            byPlace
                ? [operation.place, "\(operation.method) \(api.prefix)\(operation.path)"].contains(wanted)
                : operation.id == wanted
        }
        guard let found else {
            throw HubError(
                .notFound, "unknown_operation",
                "\(api.file) has no operation \"\(Shown.name(wanted))\". See them: linchpin spoke import FILE --list.")
        }
        return found
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let unfit as Unfit: unfit.what
        case let problem as DocumentProblem: "the file that it makes is refused: \(problem.what)"
        default: "\(error)"
        }
    }

    /// The file, read once as the hub reads it.
    private func spoke(_ operations: [OpenAPIOperation], named name: String) throws -> String {
        var keys = UniqueNames()
        let actions = try operations.map {
            try ActionImport($0, of: api, security, key: keys.take(Wording.name($0.id)))
        }
        let text =
            SpokeHead(api, security, operations).text(name) + "actions:\n"
            + actions.map(Self.text).joined(separator: "\n")
        _ = try Spoke.read(Array(text.utf8), file: "\(name).yaml")
        return text
    }

    private static func text(_ action: ActionImport) -> String {
        let notes = action.notes.map { "  # \(Shown.line($0))\n" }.joined()
        return notes + "  \(action.key):\n" + SpokeText.members(action.json.object ?? [:], indent: 4)
    }
}
