import Core
import Documents
import Ports
import Testing

@testable import Spokes

@Suite("What proves a connection to Okta") struct ProvingTests {
    let okta: Spoke

    init() throws {
        let catalogue = try SpokeCatalogue.load(operatorFiles: [])
        okta = try #require(catalogue.spoke("okta"))
    }

    @Test(
        "every fact is read as Okta's own description has it, with the scope that it states",
        arguments: ProviderFact.allCases)
    func facts(_ fact: ProviderFact) throws {
        let reading = try #require(okta.proving.facts[fact]).reading
        let key = ProviderOperation.key(reading.request.method.rawValue, reading.request.path)
        let operations = try #require(okta.operations)
        let operation = try #require(operations.first { $0.key == key })
        #expect(operation.method == "GET" && operation.scopes == reading.scopes)
    }

    @Test("no fact is an action: nobody can enable or run one")
    func noActions() {
        #expect(okta.actions.count == 59)
        for fact in ProviderFact.allCases { #expect(okta.action(fact.rawValue) == nil) }
    }

    @Test("each scope of an action belongs to one family, so every enabled action is tried by its family")
    func families() {
        for scope in Set(okta.actions.flatMap(\.scopes)) {
            #expect(okta.proving.families.count { $0.scopes.contains(scope) } == 1, "\(scope)")
        }
        for family in okta.proving.families { #expect(!family.probes.isEmpty, "\(family.name)") }
    }

    @Test(
        "an administrator's token: which way it is sent, and what is none",
        arguments: [
            ("Bearer abc.def", Authentication.oauth), ("SSWS 00abc", .apiKeySSWS), ("00abc", .apiKeySSWS), ("", nil),
            ("Bearer ", nil), ("00a\r\nx: y", nil),
        ])
    func token(_ text: String, _ way: Authentication?) {
        let key = AdministratorToken.key(Secret(text), okta)
        #expect(key?.way == way)
        if way == .oauth { #expect(key?.credential.secret.matches(Secret("abc.def")) == true) }
    }
}
