import Core

/// The values that references of one place may lead to.
struct Scope: Sendable {
    /// `{"record": {…}}` or `{"input": {…}}`.
    let trigger: JSON
    /// Outputs of earlier steps and items of loops, by name.
    var values: [String: JSON] = [:]

    /// The value a reference leads to; never null.
    func value(_ reference: Reference) throws(ValueProblem) -> JSON {
        let root = reference.parts.first ?? ""
        let base = root == "trigger" ? trigger : values[root]
        guard let value = base?.value(along: reference.parts.dropFirst()), value != .null else {
            throw ValueProblem("missing_value", "\(reference) has no value")
        }
        return value
    }

    /// The value of an operand.
    func value(_ operand: Operand) throws(ValueProblem) -> JSON {
        switch operand {
        case .literal(let value): value
        case .reference(let reference): try value(reference)
        case .members(let arguments): .object(try values(arguments))
        }
    }

    /// The values of arguments by name.
    func values(_ arguments: [Argument]) throws(ValueProblem) -> JSONObject {
        var values = JSONObject()
        for argument in arguments { values[argument.name] = try value(argument.value) }
        return values
    }

    /// The value of an operand as text.
    func text(_ operand: Operand) throws(ValueProblem) -> String {
        guard let text = Scalar.text(try value(operand)) else {
            throw ValueProblem("not_text", "a value that must be one text is a list, an object or a fraction")
        }
        return text
    }
}

/// Why a step's input could not be made. Names references, never their values.
struct ValueProblem: Error, Equatable {
    let reason: String
    let says: String

    init(_ reason: String, _ says: String) {
        self.reason = reason
        self.says = says
    }
}
