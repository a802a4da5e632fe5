import OAuthServer
import Testing

@testable import Hub

@Suite("What a reason in the log means") struct RefusalMeaningTests {
    @Test(
        "a reason of the sign-in has its next step on the pages where one signs in, and nowhere else",
        arguments: ["sign_in_refused", "code_refused", "sign_in_over", "too_many_sign_ins"])
    func signIn(_ reason: String) {
        for path in ["/console/sign-in", "/console/sign-in/code", "/console/link"] {
            #expect(RefusalMeaning.of(path: path, reason: reason)?.next.isEmpty == false, "\(path)")
        }
        #expect(RefusalMeaning.of(path: "/oauth2/token", reason: reason) == nil)
    }

    @Test("a reason of the authorization server has its own where that answers, and nowhere else")
    func authorizationServer() {
        let reason = "redirect_uri_unregistered"
        #expect(RefusalMeaning.of(path: "/oauth2/authorize", reason: reason)?.says == RefusalReason.named(reason)?.says)
        #expect(RefusalMeaning.of(path: "/api/now/table/incident", reason: reason) == nil)
        #expect(RefusalMeaning.of(path: "/console/sign-in", reason: reason) == nil)
    }
}
