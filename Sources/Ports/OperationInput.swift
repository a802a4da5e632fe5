public import Core

extension Operation {
    /// Checks what was sent against the fields.
    ///
    /// - Parameter sent: the body, or for `list` the query as texts.
    /// - Returns: the members that are no secrets, and the secrets.
    /// - Throws: `HubError` of kind `invalid` that names the field and says what it may hold; never quotes a value.
    public func check(_ sent: JSONObject) throws -> (input: JSONObject, secrets: [String: Secret]) {
        var input = JSONObject()
        var secrets: [String: Secret] = [:]
        for member in sent.members {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                let known = fields.map(\.name).joined(separator: ", ")
                throw HubError(
                    .invalid, "unknown_field",
                    "\(name) has no field \"\(Shown.name(member.name))\". "
                        + (fields.isEmpty ? "It takes none." : "It takes: \(known)."))
            }
            if case .null = member.value, !field.required { continue }
            let value = method == "GET" ? try field.fromQuery(member.value) : member.value
            if case .secret(let most) = field.kind {
                guard let text = value.string, !text.isEmpty, text.utf8.count <= most else { throw field.problem }
                secrets[field.name] = Secret(text)
            } else {
                guard field.accepts(value) else { throw field.problem }
                input[field.name] = value
            }
        }
        for field in fields where field.required && input[field.name] == nil && secrets[field.name] == nil {
            throw HubError(
                .invalid, "missing_field", "\(name) needs \"\(field.name)\": \(field.says)")
        }
        return (input, secrets)
    }
}

extension Field {
    func fromQuery(_ value: JSON) throws -> JSON {
        guard let text = value.string else { return value }
        switch kind {
        case .int:
            guard let number = Int64(text), String(number) == text else { throw problem }
            return .int(number)
        case .bool:
            guard text == "true" || text == "false" else { throw problem }
            return .bool(text == "true")
        case .texts: return .array(text.split(separator: ",").map { .string(String($0)) })
        case .text, .document, .secret, .oneOf, .time, .object, .parts, .objects: return value
        }
    }

    func accepts(_ value: JSON) -> Bool {
        switch kind {
        case .text(let most): value.string.map { Self.plain($0, most: most) } ?? false
        case .document(let most): value.string.map { Self.lines($0, most: most) } ?? false
        case .secret: false
        case .oneOf(let words): value.string.map(words.contains) ?? false
        case .int(let range): value.int.map(range.contains) ?? false
        case .bool: value.bool != nil
        case .time: value.string.flatMap(Timestamp.init(rfc3339:)) != nil
        case .texts(let most):
            value.array.map { items in
                items.count <= most && items.allSatisfy { $0.string.map { Self.plain($0, most: 1_000) } ?? false }
            } ?? false
        case .object, .parts: value.object != nil
        case .objects(let most):
            value.array.map { items in items.count <= most && items.allSatisfy { $0.object != nil } } ?? false
        }
    }

    private static func plain(_ text: String, most: Int) -> Bool {
        !text.isEmpty && text.unicodeScalars.count <= most && text.unicodeScalars.allSatisfy(\.isPlain)
    }

    private static func lines(_ text: String, most: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= most
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    var problem: HubError {
        let expected =
            switch kind {
            case .text(let most): "text of 1 to \(most) characters on one line"
            case .document(let most): "text of 1 to \(most) bytes, lines allowed"
            case .secret(let most): "text of 1 to \(most) bytes"
            case .oneOf(let words): "one of: \(words.joined(separator: ", "))"
            case .int(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .bool: "true or false"
            case .time: "a moment such as 2026-11-21T09:00:00Z"
            case .texts(let most): "a list of at most \(most) texts"
            case .object, .parts: "an object"
            case .objects(let most): "a list of at most \(most) objects"
            }
        return HubError(.invalid, "bad_field", "\"\(name)\" must be \(expected).")
    }
}
