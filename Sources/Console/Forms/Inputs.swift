import Core
import Ports

/// The inputs of a form, made from the fields of an operation.
struct Inputs: Sendable {
    let noun: Noun
    let visit: Visit
    /// The row that is changed or acted on; nil for a new one.
    let row: JSON?
    /// What was wrong with what was sent.
    var problem: HubError?
    /// Whether the fields change what the row has.
    var isChange = false

    /// Whether values come from the form that was sent, and not from the row or the query.
    private var isAgain: Bool { !visit.form.isEmpty }

    func of(_ fields: [Field]) async throws -> [Input] {
        let members = Members(noun: noun, visit: visit, row: row)
        let rare = members.rare(fields)
        var inputs: [Input] = []
        for field in members.flat(fields) {
            var input = try await input(field)
            input.isRare = rare.contains(field.name)
            inputs.append(input)
        }
        return inputs
    }

    private func input(_ field: Field) async throws -> Input {
        let choices = try await Choices(visit: visit).of(field, row: row)
        var input = Input(kind(field, choices), field.name, noun.label(field.name))
        let says = field.says.replacing("`", with: "")
        input.hint = says
        input.isRequired = field.required
        input.isOptional = !field.required && !isChange
        if problem?.field(among: [field]) != nil { input.error = problem?.message }
        input.describedBy = input.error == nil ? "\(input.id)-hint" : "\(input.id)-error \(input.id)-hint"
        fill(&input, field, says, choices)
        return input
    }

    private func kind(_ field: Field, _ choices: [Choices.Choice]?) -> Input.Kind {
        switch field.kind {
        case .bool: choices == nil ? .check : .choice
        case .texts: choices == nil ? .lines : .checks
        case .document, .object, .parts: .lines
        case .objects: noun.members[field.name] == nil ? .lines : .rows
        case .text, .secret, .oneOf, .int, .time: choices == nil ? .line : .choice
        }
    }

    private func fill(_ input: inout Input, _ field: Field, _ says: String, _ choices: [Choices.Choice]?) {
        switch field.kind {
        case .text(let most): input.most = String(most)
        case .secret: (input.type, input.autocomplete) = ("password", "new-password")
        case .int(let range):
            input.type = "number"
            (input.low, input.high) = (String(range.lowerBound), String(range.upperBound))
        case .time:
            (input.type, input.step) = ("datetime-local", "1")
            input.hint = "\(says) In UTC."
        case .bool: input.isOn = text(field) == "true"
        case .document: input.isTall = true
        case .texts: if choices == nil { input.hint = "\(says) One a line." }
        case .object, .parts: input.hint = "\(says) As JSON."
        case .oneOf, .objects: break
        }
        if let choices { return choose(&input, field, choices) }
        if case .rows? = Input.Kind(rawValue: input.kind) { return lines(&input, field) }
        if !field.isSecret { input.text = text(field) }
    }

    private func choose(_ input: inout Input, _ field: Field, _ choices: [Choices.Choice]) {
        let chosen = Set(values(field))
        var all = choices
        // What is set stays choosable, even if it is no longer in the list.
        all += chosen.filter { value in !value.isEmpty && !choices.contains { $0.value == value } }.sorted()
            .map { Choices.Choice(value: $0, shown: $0) }
        let isOne = input.kind == Input.Kind.choice.rawValue
        if isOne, !field.required || chosen.isEmpty || chosen == [""] {
            all.insert(.init(value: "", shown: field.required ? "Choose …" : "–"), at: 0)
        }
        // In a long list of boxes, what is ticked must not hide below its end.
        input.hasMany = all.count > 8
        if !isOne, input.hasMany {
            all = all.filter { chosen.contains($0.value) } + all.filter { !chosen.contains($0.value) }
        }
        input.options = all.enumerated().map { number, choice in
            let shown = isOne && choice.says != nil ? "\(choice.shown) · \(choice.says ?? "")" : choice.shown
            return .init(
                id: "\(input.id)-\(number)", value: choice.value, shown: shown, says: isOne ? nil : choice.says,
                isChosen: chosen.contains(choice.value))
        }
    }

    private func lines(_ input: inout Input, _ field: Field) {
        let members = noun.members[field.name] ?? []
        let present: [[String]] =
            isAgain
            ? FormReader.lines(of: field, members, visit)
            : (row?[noun.present[field.name] ?? field.name]?.array ?? []).map { item in
                members.map { item[$0]?.string ?? "" }
            }
        input.heads = members.map(Words.label)
        input.lines = (present + Array(repeating: members.map { _ in "" }, count: 3)).enumerated().map {
            number, texts in
            .init(
                inputs: zip(members, texts).map { member, text in
                    .init(
                        name: "\(field.name).\(member)", text: text, label: "\(Words.label(member)), line \(number + 1)"
                    )
                })
        }
    }

    /// The value that the field shows, as text.
    private func text(_ field: Field) -> String {
        if isAgain { return visit.sent(field.name) ?? "" }
        if visit.takesProposals, let asked = visit.asked(field.name) { return asked }
        guard let row else { return field.name == "active" ? "true" : "" }
        return Present(noun: noun, row: row).text(field)
    }

    private func values(_ field: Field) -> [String] {
        guard case .texts = field.kind else { return [text(field)] }
        if isAgain { return visit.allSent(field.name) }
        return row.map { Present(noun: noun, row: $0).texts(field) } ?? []
    }
}

/// The values that a row has now, as form fields hold them.
struct Present: Sendable {
    let noun: Noun
    let row: JSON

    func value(_ field: Field) -> JSON? {
        let name = noun.present[field.name] ?? field.name
        let value = field.isMember ? row[String(name.prefix { $0 != "." })]?[field.ownName] : row[name]
        if value == .null { return nil }
        if field.isText, let name = value?["name"] { return name }
        return value
    }

    func texts(_ field: Field) -> [String] { value(field)?.array?.map(Show.named) ?? [] }

    func text(_ field: Field) -> String {
        switch (field.kind, value(field)) {
        case (_, nil): ""
        case (.texts, _): texts(field).joined(separator: "\n")
        case (.time, .string(let text)?): String(text.prefix(19))
        case (_, .string(let text)?): text
        case (_, .bool(let flag)?): flag ? "true" : "false"
        case (_, let other?): other.text()
        }
    }
}

extension HubError {
    /// The field that the sentence names in quotes; nil when it names none of these.
    func field(among fields: [Field]) -> Field? {
        fields.map { ($0, message.firstRange(of: "\"\($0.ownName)\"")) }.compactMap { field, range in
            range.map { (field, $0) }
        }
        .min { $0.1.lowerBound < $1.1.lowerBound }?.0
    }
}
