import Core
import Hub
import Ports

/// What a person sees and does of the own account: rights, sessions, second factor. It takes no role.
struct AccountPages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            page("GET", ["account"]) { try await account($0) },
            page("GET", ["account", "end-session"]) { try await ending($0) },
            page("POST", ["account", "end-session"]) { visit in
                try await visit.request.endOwnSession(visit.request.form("session") ?? "")
                return .done(Path("account"))
            },
            page("GET", ["account", "second-factor"]) { try await factor($0) },
            page("POST", ["account", "second-factor"]) { visit in try await change(visit) },
        ]
    }

    /// A visit of a person, and the request that it is made of.
    private struct Own: Sendable {
        let request: PageRequest
        let visit: Visit
    }

    private func page(
        _ method: String, _ segments: [String], _ answer: @escaping @Sendable (Own) async throws -> Outcome
    ) -> Page {
        let name = "console.\(method == "GET" ? "show" : "act").\(segments.joined(separator: "."))"
        return Page(method, Path(segments).text, name: name, need: .signedIn) { request in
            let visit = try Visit(request, segments).found()
            return try await frame.reply(to: visit) { try await answer(Own(request: request, visit: visit)) }
        }
    }

    // MARK: The account

    private func account(_ own: Own) async throws -> Outcome {
        let roles = own.visit.principal.roles.sorted().map { Cell.Part(tag: $0) }
        let (since, left) = try await own.request.secondFactor()
        let sessions = TableView(
            "Your sessions", columns: Self.columns, items: try await own.request.ownSessions()
        ) { row in
            row["is_this"] == true
                ? []
                : [Link("End", Path("account", "end-session", query: [("session", row["id"]?.string ?? "")]))]
        }
        let factor = since.map { Cell([.init(plain: "since"), .init(moment: Moment($0.rfc3339))]) }
        let consents = try await OwnConsents.block(own.visit)
        return .page(
            Content(
                "Your account",
                [
                    .facts([
                        Fact(name: "User", value: .text(own.visit.principal.userName)),
                        Fact(name: "Roles in force", value: roles.isEmpty ? .nothing : Cell(roles)),
                    ]),
                    Block.facts([
                        Fact(name: "Authenticator app", value: factor ?? .badge(.plain, "none")),
                        Fact(name: "Recovery codes left", value: since == nil ? .nothing : .number("\(left)")),
                    ]).titled(
                        "Second factor",
                        [Link(since == nil ? "Set up" : "Change", Path("account", "second-factor"))]),
                    Block.table(sessions).titled("Your sessions"),
                ] + (consents.map { [$0] } ?? [])), status: 200)
    }

    private static let columns: [Noun.Column] = [
        .init("begun_at", "Signed in"), .init("address", "From"), .init("browser", "Browser, as it calls itself"),
        .init("used_at", "Last used"), .init("idle_at", "Ends if idle"),
        .init("is_this", "This one", .made { $0 == true ? .badge(.good, "this one") : .nothing }),
    ]

    private func ending(_ own: Own) async throws -> Outcome {
        let id = own.request.query("session") ?? ""
        let row = try await own.request.ownSessions().first { $0["id"]?.string == id }.found()
        var form = FormView(
            action: Path("account", "end-session"), csrf: own.visit.csrf, submit: "End session", cancel: Path("account")
        )
        form.hidden = [.init(name: "session", text: id)]
        form.weight = "danger"
        let facts = Self.columns.dropLast().map {
            Fact(name: $0.name, value: $0.show.cell(row[$0.key], of: nil, in: row))
        }
        return .page(content("End this session?", [.facts(facts), .form(form)]), status: 200)
    }

    // MARK: The second factor

    private func factor(_ own: Own, _ problem: HubError? = nil) async throws -> Outcome {
        let status = problem?.kind.status ?? 200
        let (since, _) = try await own.request.secondFactor()
        guard since == nil else { return .page(content("Second factor", changes(own, problem)), status: status) }
        guard problem != nil, let secret = try await own.request.begunSecondFactor() else {
            var form = form(own, "begin", "Set up an authenticator app")
            form.fields = []
            form.problem = problem.map { .init(sentence: $0.message) }
            return .page(
                content("Second factor", [.words("Besides the password, signing in then takes a code."), .form(form)]),
                status: status)
        }
        return .page(content("Second factor", setUp(own, secret, problem)), status: status)
    }

    private func change(_ own: Own) async throws -> Outcome {
        let code = Secret(own.request.form("code") ?? "")
        do {
            switch own.request.form("step") {
            case "begin":
                let secret = try await own.request.beginSecondFactor()
                return .page(content("Second factor", setUp(own, secret, nil)), status: 200)
            case "confirm": return shown(try await own.request.confirmSecondFactor(code: code))
            case "codes": return shown(try await own.request.newRecoveryCodes(code: code))
            case "remove":
                try await own.request.removeSecondFactor(code: code)
                return .done(Path("account"))
            default: throw Visit.nothingHere
            }
        } catch let error as HubError where [.unauthenticated, .tooManyRequests, .conflict].contains(error.kind) {
            return try await factor(own, error)
        }
    }

    private func shown(_ codes: [Secret]) -> Outcome {
        .page(content("Keep these codes", [FactorBlocks.recovery(codes)]), status: 200)
    }

    private func setUp(_ own: Own, _ secret: FactorSecret, _ problem: HubError?) -> [Block] {
        [.words("Add the secret to an authenticator app, then type the code that it shows.")]
            + FactorBlocks.secret(secret) + [.form(form(own, "confirm", "Set up", problem))]
    }

    private func changes(_ own: Own, _ problem: HubError?) -> [Block] {
        let step = own.request.form("step")
        var remove = form(own, "remove", "Remove second factor", step == "remove" ? problem : nil)
        remove.weight = "danger"
        remove.fields = remove.fields.map { $0.numbered(2) }
        return [
            Block.form(form(own, "codes", "Make new codes", step == "codes" ? problem : nil))
                .titled("New recovery codes"),
            Block.form(remove).titled("Remove it"),
        ]
    }

    private func form(_ own: Own, _ step: String, _ submit: String, _ problem: HubError? = nil) -> FormView {
        var form = FactorBlocks.codeForm(
            to: Path("account", "second-factor"), csrf: own.visit.csrf, submit: submit, problem: problem?.message)
        form.hidden = [.init(name: "step", text: step)]
        form.cancel = Path("account")
        return form
    }

    private func content(_ heading: String, _ blocks: [Block]) -> Content {
        var content = Content(heading, blocks)
        content.crumbs = [Link("Your account", Path("account"))]
        return content
    }
}
