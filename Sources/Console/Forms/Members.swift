import Core
import Ports

/// Objects of a form whose members are known: each is asked for by a field of its own, `settings.client_id`.
struct Members: Sendable {
    let noun: Noun
    let visit: Visit
    /// The row that is changed or acted on; nil for a new one.
    let row: JSON?

    /// The fields, with members in place of the objects that have them.
    func flat(_ fields: [Field]) -> [Field] {
        fields.flatMap { field in part(of: field)?.fields.map { $0.inside(field) } ?? [field] }
    }

    /// The members that few need, by the names of their fields.
    func rare(_ fields: [Field]) -> Set<String> {
        Set(fields.flatMap { field in (part(of: field)?.rarely ?? []).map { "\(field.name).\($0)" } })
    }

    private func part(of field: Field) -> Field.Part? {
        switch field.kind {
        case .parts(let other, let parts):
            let word = visit.sent(other) ?? row?[other]?.string ?? visit.asked(other)
            return parts.first { $0.word == word }
        case .object: return row.flatMap { noun.part(field.name, $0) }
        default: return nil
        }
    }

    /// The field whose word decides which members another has, as long as nobody has chosen it.
    func undecided(_ fields: [Field]) -> (by: String, parts: [Field.Part])? {
        for field in fields where part(of: field) == nil {
            if case .parts(let by, let parts) = field.kind { return (by, parts) }
        }
        return nil
    }

    /// What a form sent, with the members back in their objects. An emptied member is null, which takes it away.
    static func whole(_ flat: JSONObject) -> JSONObject {
        var whole = JSONObject()
        for sent in flat.members {
            guard let dot = sent.name.firstIndex(of: ".") else {
                whole[sent.name] = sent.value
                continue
            }
            let name = String(sent.name[..<dot])
            var object = whole[name]?.object ?? [:]
            object[String(sent.name[dot...].dropFirst())] = sent.value == "" ? .null : sent.value
            whole[name] = .object(object)
        }
        return whole
    }
}

extension Field {
    /// Itself as a member of an object.
    fileprivate func inside(_ object: Field) -> Field {
        let name = "\(object.name).\(name)"
        return required ? .required(name, kind, says) : .optional(name, kind, says)
    }

    /// Whether it is a member of an object: then what was left open is not sent, a truth value too.
    var isMember: Bool { name.contains(".") }
    /// Its name, without that of the object that it is a member of.
    var ownName: String { name.firstIndex(of: ".").map { String(name[$0...].dropFirst()) } ?? name }
}
