import Core
import Ports

/// What a form sent, as an operation takes it.
struct FormReader: Sendable {
    let noun: Noun
    let visit: Visit

    /// All fields that hold something. Empty ones are left out, as if the caller had not sent them; but a list that the
    /// row has may be emptied.
    func whole(_ fields: [Field], row: JSON? = nil) throws -> JSONObject {
        var sent = JSONObject()
        for field in Members(noun: noun, visit: visit, row: row).flat(fields) {
            guard let value = try value(field), value != "" else { continue }
            if value == [], !field.required, row?[field.name] == nil { continue }
            sent[field.name] = value
        }
        return Members.whole(sent)
    }

    /// The fields whose value differs from the row's; members by their fields' names.
    func changed(_ fields: [Field], from row: JSON) throws -> JSONObject {
        let present = Present(noun: noun, row: row)
        var sent = JSONObject()
        for field in Members(noun: noun, visit: visit, row: row).flat(fields) {
            guard let value = try value(field), differs(value, present, field) else { continue }
            sent[field.name] = value
        }
        return sent
    }

    private func differs(_ value: JSON, _ present: Present, _ field: Field) -> Bool {
        let now = present.value(field)
        switch (value, now) {
        case (.string(let text), nil): return !text.isEmpty
        case (.bool(let flag), nil): return flag
        case (.array(let items), nil): return !items.isEmpty
        case (.array, _?) where field.isText:
            return Set(value.array?.map(Show.named) ?? []) != Set(present.texts(field))
        case (.string(let text), .string(let own)?):
            if case .time = field.kind { return Timestamp(rfc3339: text) != Timestamp(rfc3339: own) }
            return text != own
        case (.array(let items), .array(let own)?): return items.map(Self.bare) != own.map(Self.bare)
        default: return value != now
        }
    }

    /// An object without its empty members.
    private static func bare(_ value: JSON) -> JSON {
        guard let object = value.object else { return value }
        var bare = JSONObject()
        for member in object.members where member.value != .null && member.value != "" {
            bare[member.name] = member.value
        }
        return .object(bare)
    }

    /// Nil when the form has no such field.
    private func value(_ field: Field) throws -> JSON? {
        if case .objects = field.kind, let members = noun.members[field.name] { return objects(field, members) }
        guard let text = visit.sent(field.name) else { return nil }
        switch field.kind {
        case .text, .secret, .oneOf: return .string(text)
        // Browsers end lines in a form with CR LF (HTML Standard, 4.10.21.7).
        case .document: return .string(text.replacing("\r\n", with: "\n"))
        case .bool: return text.isEmpty && field.isMember ? "" : .bool(text == "true")
        case .int: return Int64(text).map(JSON.int) ?? .string(text)
        case .time: return .string(Self.moment(text))
        case .texts: return .array(texts(field))
        case .object, .parts, .objects: return try json(text, field)
        }
    }

    /// `2026-11-22T09:00`, with or without seconds, as a moment in UTC.
    private static func moment(_ text: String) -> String {
        switch text.utf8.count {
        case 16: text + ":00Z"
        case 19: text + "Z"
        default: text
        }
    }

    /// Ticked boxes, or lines.
    private func texts(_ field: Field) -> [JSON] {
        visit.allSent(field.name).flatMap { $0.split(whereSeparator: \.isNewline) }
            .map { line in line.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }.map(JSON.string)
    }

    private func json(_ text: String, _ field: Field) throws -> JSON {
        if text.isEmpty { return "" }
        do { return try JSON.read(text) } catch {
            throw HubError(.invalid, "bad_field", "\"\(field.name)\" must be JSON. Look for a missing quote or comma.")
        }
    }

    private func objects(_ field: Field, _ members: [String]) -> JSON {
        .array(
            Self.lines(of: field, members, visit).map { texts in
                var object = JSONObject()
                for (member, text) in zip(members, texts) where !text.isEmpty { object[member] = .string(text) }
                return .object(object)
            })
    }

    /// The lines of a field that is a table of inputs, without the empty ones.
    static func lines(of field: Field, _ members: [String], _ visit: Visit) -> [[String]] {
        let columns = members.map { member in
            visit.form.filter { $0.name == "\(field.name).\(member)" }.map(\.value)
        }
        let count = columns.map(\.count).min() ?? 0
        return (0..<count).map { line in columns.map { $0[line] } }.filter { $0.contains { !$0.isEmpty } }
    }
}
