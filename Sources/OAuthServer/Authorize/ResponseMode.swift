import Core
import Ports

/// How an answer reaches the client (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
enum ResponseMode: String, Sendable, CaseIterable {
    case query
    /// Of a token, which never stands in a query (§5).
    case fragment
    /// OAuth 2.0 Form Post Response Mode §2.
    case formPost = "form_post"

    /// What was asked for, and can be done at that address; the standard of codes else.
    init(asked sent: AuthorizationParameters, for redirectURI: String, isToken: Bool) {
        guard !isToken else {
            self = .fragment
            return
        }
        let asked = sent.isRepeated("response_mode") ? nil : sent["response_mode"].flatMap(Self.init)
        // An application that has a scheme of its own takes no form.
        let takesForms = StrictURL(redirectURI) != nil
        self = asked == .formPost && takesForms ? .formPost : .query
    }
}

extension AnswerAddress {
    /// On to the client with a code.
    func step(code: Secret, issuer: String, client: String) -> AuthorizationStep {
        switch mode {
        case .query, .fragment: .leave(to: location(code: code, issuer: issuer), reason: "", client: client)
        case .formPost: .post(form([("code", code)], issuer, client), reason: "", client: client)
        }
    }

    /// On to the client without one.
    func step(_ refusal: AuthorizationRefusal, issuer: String, client: String) -> AuthorizationStep {
        switch mode {
        case .query, .fragment:
            return .leave(to: location(refusal, issuer: issuer), reason: refusal.reason, client: client)
        case .formPost:
            let answer = [
                ("error", Secret(refusal.code.rawValue)), ("error_description", Secret(refusal.description)),
            ]
            return .post(form(answer, issuer, client), reason: refusal.reason, client: client)
        }
    }

    private func form(_ answer: [(String, Secret)], _ issuer: String, _ client: String) -> AnswerForm {
        let place = RedirectURI.place(of: redirectURI)
        // RFC 9207 §2: with the issuer, in each mode.
        let fields = answer + (state.map { [("state", Secret($0))] } ?? []) + [("iss", Secret(issuer))]
        return AnswerForm(
            client: client, action: redirectURI, place: place.shown, source: place.source,
            fields: fields.map { (name: $0.0, value: $0.1) })
    }
}
