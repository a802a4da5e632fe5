import Core
import Ports

/// The pages that every noun has: `/console/clients`, `…/new`, `…/{id}`, `…/{id}/edit`, `…/{id}/history` and one for
/// each act and for deletion.
struct NounPages: Sendable {
    let noun: Noun
    let visit: Visit

    /// What stands at the visit's path; throws `no_such_page` for anything else.
    func show() async throws -> Content {
        switch (visit.segments.count, visit.segments.last ?? "") {
        case (1, _): return try await ListPage(noun: noun, visit: visit).content()
        case (2, "new") where visit.find("\(noun.name).create") != nil:
            return try await FormPage(noun: noun, visit: visit).create()
        case (2, let verb) where isOnAll(verb): return try await FormPage(noun: noun, visit: visit).act(verb, on: nil)
        case (2, let id): return try await DetailPage(noun: noun, visit: visit, id: id).content()
        case (3, "history"): return try await HistoryPage(noun: noun, visit: visit, id: visit.segments[1]).content()
        case (3, "edit"): return try await EditPage(noun: noun, visit: visit, id: visit.segments[1]).content()
        case (3, let verb): return try await FormPage(noun: noun, visit: visit).act(verb, on: visit.segments[1])
        default: throw Visit.nothingHere
        }
    }

    /// What the form at the visit's path does.
    func act() async throws -> Outcome {
        switch (visit.segments.count, visit.segments.last ?? "") {
        case (2, "new"): return try await FormPage(noun: noun, visit: visit).doCreate()
        case (2, let verb) where isOnAll(verb): return try await FormPage(noun: noun, visit: visit).doAct(verb, on: nil)
        case (3, "edit"): return try await EditPage(noun: noun, visit: visit, id: visit.segments[1]).save()
        case (3, let verb): return try await FormPage(noun: noun, visit: visit).doAct(verb, on: visit.segments[1])
        default: throw Visit.nothingHere
        }
    }

    private func isOnAll(_ verb: String) -> Bool { visit.find("\(noun.name).\(verb)")?.verb == .actOnAll(verb) }
}

extension Noun {
    /// The row of that id: as its own operation answers it or, where there is none, as the list does.
    func row(_ id: String, _ visit: Visit) async throws -> JSON {
        if visit.find("\(name).get") != nil { return try await visit.run("\(name).get", id: id) }
        return try await visit.items("\(name).list").first { self.id(of: $0) == id }.found()
    }

    /// The way back from a page below this noun.
    func crumbs(_ visit: Visit, _ row: (id: String, title: String)? = nil) -> [Link] {
        let own = visit.may("\(name).list") ? [Link(title, page)] : []
        return own + (row.map { [Link($0.title, page($0.id))] } ?? [])
    }

    /// A field's label; of a member without the object that it is in.
    func label(_ field: String) -> String {
        labels[field] ?? Words.label(field.firstIndex(of: ".").map { String(field[$0...].dropFirst()) } ?? field)
    }
}
