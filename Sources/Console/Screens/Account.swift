import Core
import Ports

extension Screen {
    /// Who is signed in, with which rights, and where else.
    static let account = Screen(path: ["account"], title: "Your account", needs: []) { visit in
        let roles = visit.principal.roles.sorted().map { Cell.Part(tag: $0) }
        var blocks: [Block] = [
            .facts([
                Fact(name: "User", value: .text(visit.principal.userName)),
                Fact(name: "Roles in force", value: roles.isEmpty ? .nothing : Cell(roles)),
            ])
        ]
        if visit.may("session.list"), visit.principal.user != nil {
            let sessions = try await visit.items("session.list", ["user": .string(visit.principal.userName)])
            blocks.append(
                Block.table(
                    TableView("Your sessions", columns: Noun.sessions.columns, items: sessions, of: .sessions)
                ).titled("Your sessions"))
        }
        if let consents = try await OwnConsents.block(visit) { blocks.append(consents) }
        return Content("Your account", blocks)
    }
}
