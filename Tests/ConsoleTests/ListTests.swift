import Core
import Hub
import Ports
import Testing

@testable import Console

@Suite("Console lists") struct ConsoleListTests {
    /// A list of two pages with one row each.
    private static func pages(of noun: Noun) -> @Sendable (String, JSONObject) -> JSON {
        let keys = [noun.idKey, noun.nameKey, noun.columns[0].key]
        return { operation, sent in
            guard operation == "\(noun.name).list" else { return ["items": []] }
            func row(_ text: String) -> JSON {
                .object(keys.reduce(into: JSONObject()) { $0[$1] = .string(text) })
            }
            return sent["after"] == "b2" ? ["items": [row("second-row")]] : ["items": [row("first-row")], "next": "b2"]
        }
    }

    @Test("a list goes on where its operation says so, a search reads all of it, and each row has its page")
    func goesOn() async throws {
        try await ConsoleRig.with { rig in
            let paged = Nouns.all.filter { noun in
                noun.isInRail
                    && rig.hub.operations.first { $0.name == "\(noun.name).list" }?.fields.contains {
                        $0.name == "after"
                    } == true
            }
            #expect(paged.map(\.name).contains("client") && paged.map(\.name).contains("role-grant"))
            for noun in paged {
                func show(_ query: [(String, String)]) async throws -> String {
                    let visit = rig.visit(noun.segment, query: query, answering: Self.pages(of: noun))
                    return try rig.frame.page(try await Console.show(visit), for: visit)
                }
                let first = try await show([])
                #expect(
                    first.contains("/console/\(noun.segment)?after=b2") && !first.contains("second-row"), "\(noun.name)"
                )
                let second = try await show([("after", "b2")])
                #expect(second.contains("second-row") && !second.contains("rel=\"next\""), "\(noun.name)")
                let found = try await show([("q", "SECOND")])
                #expect(found.contains("second-row") && !found.contains("first-row"), "\(noun.name)")
            }
            let grants = rig.visit("", answering: Self.pages(of: .grants))
            let row = try await Noun.grants.row("second-row", grants)
            #expect(row["role"] == "second-row")
        }
    }

    @Test("an empty list says what makes its first row")
    func emptyLists() async throws {
        try await ConsoleRig.with { rig in
            for (place, next) in [("groups", "New group"), ("executions", "Run"), ("approvals", "A flow asks")] {
                let page = try await rig.page(place)
                #expect(page.contains("class=\"empty\"><p>There is no") && page.contains(next), "\(place)")
            }
        }
    }
}

@Suite("Console and operations") struct ConsoleOperationsTests {
    @Test("a hub does not start when a page names an operation that it lacks")
    func misspelt() async throws {
        let page = Page("GET", "/console/x", name: "console.x", need: .operation("client.lst")) { _ in .html("") }
        for pages in [
            Pages([page], signIn: "/", failure: \.plain),
            Pages([], operations: ["client.lst"], signIn: "/", failure: \.plain),
        ] {
            let error = await #expect(throws: HubError.self) { try await ConsoleRig.with(pages: pages) { _ in } }
            #expect(error?.reason == "no_operation" && error?.message.contains("client.lst") == true)
        }
    }

    @Test("every act that a noun or a screen names is asked for at the start")
    func declared() throws {
        let asked = Console.pages().operations
        for noun in Nouns.all { #expect(asked.contains("\(noun.name).list")) }
        for screen in Screens.all { #expect(asked.isSuperset(of: screen.needs)) }
        #expect(
            asked.isSuperset(of: ["alias.remove-connection", "client.add-secret", "execution.rerun", "spoke.activate"]))
    }
}
