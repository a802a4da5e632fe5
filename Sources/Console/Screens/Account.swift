import Ports

extension Screen {
    /// Who is signed in, and with which rights.
    static let account = Screen(path: ["account"], title: "Your account", needs: []) { visit in
        let roles = visit.principal.roles.sorted().map { Cell.Part(tag: $0) }
        return Content(
            "Your account",
            [
                .facts([
                    Fact(name: "User", value: .text(visit.principal.userName)),
                    Fact(name: "Roles in force", value: roles.isEmpty ? .nothing : Cell(roles)),
                ])
            ])
    }
}
