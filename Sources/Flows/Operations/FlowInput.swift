import Core

/// Inputs of a manual flow.
enum FlowInput {
    /// What was sent, in the types that the flow declares; throws for what does not fit.
    static func taken(
        _ sent: JSONObject, by inputs: [Trigger.Input], of flow: String
    ) throws -> JSONObject {
        var taken = JSONObject()
        for member in sent.members {
            guard let input = inputs.first(where: { $0.name == member.name }) else {
                let known = inputs.map(\.name).joined(separator: ", ")
                throw HubError(
                    .invalid, "unknown_input",
                    "Flow \(flow) has no input \"\(Shown.name(member.name))\". "
                        + (known.isEmpty ? "It takes none." : "It takes: \(known)."))
            }
            let value = input.read(member.value)
            guard input.accepts(value) else {
                throw HubError(
                    .invalid, "bad_input",
                    "Input \"\(input.name)\" of flow \(flow) must be \(input.expected), not \(member.value.kindName).")
            }
            taken[input.name] = value
        }
        if let missing = inputs.first(where: { $0.isRequired && sent[$0.name] == nil }) {
            throw HubError(.invalid, "missing_input", "Flow \(flow) needs the input \"\(missing.name)\".")
        }
        return taken
    }
}

extension Trigger.Input {
    /// As replies show it.
    var json: JSON {
        [
            "name": .string(name), "type": .string(kind.rawValue), "required": .bool(isRequired),
            "sensitive": .bool(isSensitive), "says": .string(says),
        ]
    }

    /// A text that is exactly a value of the declared type, as the command line sends it; all else as it came.
    fileprivate func read(_ value: JSON) -> JSON {
        guard let text = value.string else { return value }
        switch kind {
        case .text: return value
        case .int:
            guard let number = Int64(text), String(number) == text else { return value }
            return .int(number)
        case .bool: return text == "true" ? true : text == "false" ? false : value
        }
    }

    fileprivate func accepts(_ value: JSON) -> Bool {
        switch kind {
        case .text:
            value.string.map { !$0.isEmpty && $0.unicodeScalars.count <= Limits.textField.value } ?? false
        case .int: value.int != nil
        case .bool: value.bool != nil
        }
    }

    fileprivate var expected: String {
        switch kind {
        case .text: "text of 1 to \(Limits.textField.value) characters"
        case .int: "a whole number"
        case .bool: "true or false"
        }
    }
}
