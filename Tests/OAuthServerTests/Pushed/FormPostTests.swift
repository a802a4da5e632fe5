import Core
import Ports
import TestSupport
import Testing

@testable import OAuthServer

@Suite("OAuth 2.0 Form Post Response Mode") struct FormPostTests {
    @Test("§2: a code, and a refusal, are fields of a form for the redirect URI", arguments: TestStore.allCases)
    func fields(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let parameters = PushedRig.parameters(["response_mode": "form_post", "state": "s&1\""])
            let plain = PushedRig.query(parameters) + "&client_id=\(way.rig.id)"
            for query in [plain, try await way.pushed(parameters.mapValues { Optional($0) })] {
                let question = try #require(try await way.open(query).question)
                let refused = try #require(try await way.answer(question.query, allows: false).form)
                #expect(refused.names == ["error", "error_description", "state", "iss"])
                #expect(refused.value("error") == "access_denied")
                let form = try #require(try await way.answer(question.query).form)
                #expect(form.names == ["code", "state", "iss"])
                #expect(form.value("state") == "s&1\"" && form.value("iss") == OAuthDesk.issuer)
                #expect(form.action == GrantRig.redirect && form.place == "app.example" && form.client == "app")
                #expect(form.source == "https://app.example")
                #expect(await way.rig.redeem(form.value("code") ?? "").status == 200)
            }
            // An error of the request itself goes the same way; one of the mode does not.
            let wrong = try await way.open(plain + "&max_age=soon")
            #expect(wrong.form?.value("error") == "invalid_request" && wrong.reason == "max_age_unreadable")
            let mode = try await way.open(plain.replacing("form_post", with: "fragment"))
            #expect(mode.form == nil && mode.reason == "response_mode_unsupported")
        }
    }
}

extension AnswerForm {
    fileprivate var names: [String] { fields.map(\.name) }
    fileprivate func value(_ name: String) -> String? {
        fields.first { $0.name == name }?.value.reveal { String(decoding: $0, as: UTF8.self) }
    }
}

extension AuthorizationStep {
    fileprivate var form: AnswerForm? { if case .post(let form, _, _) = self { form } else { nil } }
}
