import Core
import Ports

extension Screen {
    /// *Configure and get OAuth token*: who shall consent to what, and the way to the provider.
    static let authorize = Screen(
        path: ["credentials", "*", "authorize"], title: "Configure and get OAuth token",
        needs: ["credential.authorize"],
        show: { visit in try await ConsentPage(visit).before() },
        act: { visit in try await ConsentPage(visit).begin() })
}

/// The pages of one consent.
struct ConsentPage: Sendable {
    private let visit: Visit
    private let id: String

    init(_ visit: Visit) {
        self.visit = visit
        id = visit.segments[1]
    }

    private var grant: JSON { get async throws { try await visit.run("credential.grant", id: id) } }

    private func content(_ title: String, _ says: String?, _ grant: JSON, _ blocks: [Block]) -> Content {
        var content = Content("\(title) · \(grant["credential"]?.string ?? id)", says: says, blocks)
        content.crumbs = Noun.credentials.crumbs(visit, (id, grant["credential"]?.string ?? id))
        return content
    }

    // MARK: Before

    func before(_ problem: HubError? = nil) async throws -> Content {
        let grant = try await grant
        var form = FormView(
            action: Noun.credentials.page(id, "authorize"), csrf: visit.csrf, submit: "Begin",
            cancel: Noun.credentials.page(id))
        form.problem = problem.map { .init(sentence: $0.message) }
        return content(
            "Configure and get OAuth token", Self.who(grant), grant, [.facts(Self.asked(grant)), .form(form)])
    }

    private static func who(_ grant: JSON) -> String {
        guard let owner = grant["expected_owner"]?.string else {
            return
                "No account is named as the expected one, so whoever consents becomes the owner. Set expected_owner to "
                + "have it checked."
        }
        return
            "The account \(owner) must consent: sign in as it at the provider. Another account's token is given back "
            + "and not stored."
    }

    private static func asked(_ grant: JSON) -> [Fact] {
        [
            Fact(name: "Expected account", value: .text(grant["expected_owner"]?.string ?? "anybody")),
            Fact(
                name: "Scopes asked for",
                value: .code((grant["scopes_wanted"]?.array ?? []).compactMap(\.string).joined(separator: " "))),
            Fact(name: "Provider", value: .code(grant["endpoints"]?["authorize_url"]?.string ?? "")),
        ]
    }

    /// The answer is the page with the way out: no form of ours leads to another place (`form-action`).
    func begin() async throws -> Outcome {
        do {
            let begun = try await visit.run("credential.authorize", id: id)
            let grant = try await grant
            let page = content(
                "Configure and get OAuth token", Self.who(grant), grant,
                [
                    .facts(
                        Self.asked(grant) + [
                            Fact(
                                name: "Redirect address, to be registered there",
                                value: .code(begun["redirect_uri"]?.string ?? "")),
                            Fact(name: "Until", value: Show.plain.cell(begun["until"], of: nil, in: begun)),
                        ]),
                    .made("outgoing", Outgoing(address: begun["url"]?.string ?? "", name: "Sign in at the provider")),
                ])
            return .page(page, status: 200)
        } catch let error as HubError where error.isForThePerson {
            return .page(try await before(error), status: error.kind.status)
        }
    }

    // MARK: After

    func back(_ problem: HubError? = nil) async throws -> Content {
        let grant = try await grant
        let consent = visit.asked("consent") ?? visit.sent("consent") ?? ""
        var form = FormView(
            action: Noun.credentials.page(id, "finish"), csrf: visit.csrf, submit: "Store the token",
            cancel: Noun.credentials.page(id))
        form.hidden = [
            .init(name: "consent", text: consent),
            .init(name: "code", text: visit.asked("code") ?? visit.sent("code") ?? ""),
        ]
        form.problem = problem.map { .init(sentence: $0.message) }
        return content(
            "Store the token",
            "The provider has answered. The token is fetched now, its owner is compared with the expected account, and "
                + "it is stored.", grant, [.facts(Self.asked(grant)), .form(form)])
    }

    func finish() async throws -> Outcome {
        do {
            var sent: JSONObject = ["consent": .string(visit.sent("consent") ?? "")]
            sent["code"] = visit.sent("code").map { .string($0) }
            _ = try await visit.run("credential.finish", id: id, sent)
            return .done(Noun.credentials.page(id, query: [("done", "acted")]))
        } catch let error as HubError where error.isForThePerson {
            return .page(try await back(error), status: error.kind.status)
        }
    }
}

/// A link that leads out of the hub, to an https address that an administrator gave.
private struct Outgoing: Sendable {
    let address: String
    let name: String
}
