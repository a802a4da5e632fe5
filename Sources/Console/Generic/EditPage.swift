import Core
import Keys
import Ports

/// Changing a row: the form, then what would change to look at, then the change. Its secrets have a form of their own.
struct EditPage: Sendable {
    let noun: Noun
    let visit: Visit
    let id: String

    func content(_ problem: HubError? = nil) async throws -> Content {
        let (operation, row) = try await permitted()
        var form = FormView(
            action: noun.page(id, "edit"), csrf: visit.csrf, submit: "Look at the change", cancel: noun.page(id))
        form.hidden = [.init(name: "seen", text: Self.digest(row)), .init(name: "step", text: "look")]
        let fields = operation.fields.filter { !$0.isSecret && !noun.unasked.contains($0.name) }
        form.ask(
            try await Inputs(noun: noun, visit: visit, row: row, problem: problem, isChange: true).of(fields))
        form.problem = problem.map { .init($0, among: Members(noun: noun, visit: visit, row: row).flat(fields)) }
        let secrets = operation.fields.filter(\.isSecret)
        var content = Content("Edit \(noun.title(of: row))", says: operation.says, [.form(form)])
        if !secrets.isEmpty { content.blocks.append(try await secretForm(secrets, row)) }
        content.crumbs = noun.crumbs(visit, (id, noun.title(of: row)))
        return content
    }

    /// A secret is never kept in a page, so its form does at once what it says.
    private func secretForm(_ fields: [Field], _ row: JSON) async throws -> Block {
        var form = FormView(
            action: noun.page(id, "edit"), csrf: visit.csrf, submit: "Replace secret", cancel: noun.page(id))
        form.hidden = [.init(name: "step", text: "secret")]
        form.weight = ""
        form.fields = try await Inputs(noun: noun, visit: visit, row: row, isChange: true).of(fields)
        return Block.form(form).titled("Replace the secret")
    }

    func save() async throws -> Outcome {
        let (operation, row) = try await permitted()
        do {
            let reader = FormReader(noun: noun, visit: visit)
            if visit.sent("step") == "secret" {
                _ = try await visit.run(operation.name, id: id, try reader.whole(operation.fields.filter(\.isSecret)))
                return done("saved")
            }
            let fields = operation.fields.filter { !$0.isSecret && !noun.unasked.contains($0.name) }
            let sent = try reader.changed(fields, from: row)
            guard !sent.members.isEmpty else { return done("unchanged") }
            guard visit.sent("seen") == Self.digest(row) else { throw Self.changedMeanwhile }
            guard visit.sent("step") == "save" else {
                _ = try operation.check(Members.whole(sent))
                return .page(look(at: sent, fields, row), status: 200)
            }
            _ = try await visit.run(operation.name, id: id, Members.whole(sent))
            return done("saved")
        } catch let error as HubError where error.isForThePerson {
            return .page(try await content(error), status: error.kind.status)
        }
    }

    /// What would change, and the button that changes it.
    private func look(at sent: JSONObject, _ fields: [Field], _ row: JSON) -> Content {
        let present = Present(noun: noun, row: row)
        var before = JSONObject()
        for field in Members(noun: noun, visit: visit, row: row).flat(fields) where sent[field.name] != nil {
            before[field.name] = present.value(field)
        }
        let changes = Difference.between(.object(before), .object(sent), noun)
        var form = FormView(
            action: noun.page(id, "edit"), csrf: visit.csrf, submit: "Save", cancel: noun.page(id, "edit"))
        form.hidden = visit.form.filter { $0.name != "step" }.map { .init(name: $0.name, text: $0.value) }
        form.hidden.append(.init(name: "step", text: "save"))
        let title = noun.title(of: row)
        var content = Content(
            "Change \(title)?", says: "Nothing is changed yet.",
            [.difference(.init(caption: "What would change", changes: changes)), .form(form)])
        content.crumbs = noun.crumbs(visit, (id, title))
        return content
    }

    private func done(_ what: String) -> Outcome { .done(noun.page(id, query: [("done", what)])) }

    private func permitted() async throws -> (Operation, JSON) {
        let operation = try visit.operation("\(noun.name).update")
        guard visit.may(operation.name) else { throw Visit.notPermitted(operation) }
        return (operation, try await noun.row(id, visit))
    }

    /// What the row was when the form was made, so that two people do not undo each other's changes unseen.
    private static func digest(_ row: JSON) -> String {
        let state = row["updated_at"] ?? row
        return String(Hex.encode(Hashing.sha256(Array(state.text(sorted: true).utf8))).prefix(32))
    }

    private static let changedMeanwhile = HubError(
        .conflict, "changed_meanwhile",
        "Somebody changed it after you opened this form. Cancel, look at it as it is now, and edit it again.")
}
