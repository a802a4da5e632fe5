import Core
import Foundation
import Ports
import Testing

@Suite("Command line, as people read it") struct CommandLineOutputTests {
    struct Row: Sendable {
        let words: [String]
        /// What it prints, a line each; `*` stands for what differs from run to run.
        var prints: [String]
        var input = ""
    }

    static let acts: [Row] = [
        Row(words: ["user", "create", "ann"], prints: ["user ann created"]),
        Row(words: ["user", "update", "ann", "--locked", "true"], prints: ["user ann updated"]),
        Row(words: ["user", "set-password", "ann"], prints: ["password of user ann set"], input: "canary-1234567\n"),
        Row(words: ["group", "create", "g"], prints: ["group g created"]),
        Row(words: ["group", "add-member", "g", "ann"], prints: ["user ann is in group g"]),
        Row(words: ["role", "create", "r"], prints: ["role r created"]),
        Row(words: ["role", "contain", "r", "auditor"], prints: ["role r contains auditor"]),
        Row(words: ["role", "grant", "r", "--group", "g"], prints: ["role r granted to group g  grant *"]),
        Row(
            words: ["scope", "create", "s", "--rule", "GET /api/now/table/incident"],
            prints: ["auth scope s created  GET /api/now/table/incident"]),
        Row(
            words: ["scope", "create", "slip", "--rule", "GET /api/now/tabel/incident"],
            prints: [
                "auth scope slip created  GET /api/now/tabel/incident",
                "finding: Rule GET /api/now/tabel/incident covers no call that this hub takes. "
                    + "Correct it, unless the scope is for another API alone.",
            ]),
        Row(
            words: ["scope", "update", "slip", "--rule", "GET /api/now/table/incident"],
            prints: ["auth scope slip updated  GET /api/now/table/incident"]),
        Row(
            words: ["client", "create", "c", "--user", "ann", "--scope", "s"],
            prints: [
                "client c created  client_id *  scopes s",
                "Next: linchpin client add-secret c",
            ]),
        Row(
            words: ["client", "add-secret", "c"],
            prints: ["client_secret *  shown once: keep it now", "client_id *  until -"]),
        Row(words: ["client", "update", "c", "--token-seconds", "600"], prints: ["client c updated"]),
        Row(
            words: ["client", "update", "c", "--empty", "scopes"],
            prints: ["client c updated", "no longer in scopes: s"]),
        Row(words: ["client", "add-scope", "c", "s"], prints: ["client c holds s"]),
        Row(words: ["client", "remove-scope", "c", "s"], prints: ["client c holds -"]),
        Row(
            words: ["client", "update", "c", "--resource", "https://api.example"],
            prints: ["client c updated"]),
        Row(
            words: ["client", "update", "c", "--empty", "resources", "--empty", "redirect-uris"],
            prints: ["client c updated", "no longer in resources: https://api.example"]),
        Row(
            words: [
                "client", "update", "c", "--empty", "grants", "--empty", "certificates", "--empty", "detail-types",
                "--empty", "post-logout-redirect-uris", "--empty", "detail-types",
            ],
            prints: [
                "client c updated", "no longer in grants: client_credentials",
                "finding: Client c has no grant type, so it gets no token. Name those that it needs: "
                    + "linchpin client update c --grant GRANT",
            ]),
        Row(words: ["client", "revoke-tokens", "c"], prints: ["every token of client c revoked"]),
        Row(words: ["client", "delete", "c"], prints: ["client c deleted"]),
        Row(
            words: ["spoke", "activate", "okta"], prints: ["spoke okta is active  59 actions"]),
        Row(
            words: ["credential", "create", "k"], prints: ["credential k created  sealed, version 1"], input: "canary\n"
        ),
        Row(
            words: [
                "connection", "create", "o", "--spoke", "okta", "--url", "https://acme.example", "--credential", "k",
            ], prints: ["connection o created  actions -"]),
        Row(words: ["connection", "enable", "o", "lookup_user"], prints: ["connection o enables lookup_user"]),
        Row(
            words: ["connection", "update", "o", "--action", "suspend_user"],
            prints: ["connection o updated", "no longer in actions: lookup_user"]),
        Row(
            words: ["connection", "drift", "o"],
            prints: ["Credential k is a key, and a key has no scopes: there is nothing to compare.", "seen at *"]),
        Row(words: ["alias", "create", "a", "--connection", "o"], prints: ["alias a leads to o"]),
        Row(words: ["alias", "delete", "a"], prints: ["alias a deleted"]),
    ]

    @Test("A proof names its credential and the step that would tell more, and ends with 3 where not all can be read")
    func proof() async throws {
        try await TestHub.with { test in
            try await test.post("/spokes/okta/activate", [:])
            try await test.post("/credentials", ["name": "k", "kind": "api_key", "secret": "canary"])
            try await test.post(
                "/connections",
                [
                    "name": "o", "spoke": "okta", "url": "https://acme.example", "credentials": ["k"],
                    "actions": ["lookup_user"],
                ])
            let environment = ["LINCHPIN_DATA": test.folder]
            // Nothing is sent: nobody is known whom it could look up.
            let proof = try await Program.linchpin(["connection", "verify", "o"], environment: environment)
            #expect(proof.status == 3, "\(proof.everything)")
            #expect(proof.output.hasPrefix("credential k\n"))
            #expect(proof.output.contains("linchpin connection choose-resources o --add user:ID"), "\(proof.output)")
            let last = try await Program.linchpin(["connection", "drift", "o", "--last"], environment: environment)
            #expect(last.status == 3 && last.output.contains("linchpin connection drift o"), "\(last.everything)")
        }
    }

    @Test(
        "An update that names nothing, or a list twice, is no update",
        arguments: [
            (["client", "update", "c"], "Name what to change; what is not named stays."),
            (["user", "update", "ann"], "Name what to change; what is not named stays."),
            (["scope", "update", "s"], "Name what to change; what is not named stays."),
            (["hook", "update", "h"], "Name what to change; what is not named stays."),
            (["connection", "update", "o"], "Name what to change; what is not named stays."),
            (["credential", "update", "k"], "Name what to change; what is not named stays."),
            (
                ["client", "update", "c", "--scope", "s", "--empty", "scopes"],
                "scopes is named and emptied at once. Say one of them."
            ),
        ])
    func slips(_ words: [String], says: String) async throws {
        try await TestHub.with { test in
            let ran = try await Program.linchpin(words, environment: ["LINCHPIN_DATA": test.folder])
            #expect(ran.status == 2 && ran.errors.contains(says), "\(ran.everything)")
        }
    }

    @Test("An act says in a line or two what was done")
    func actsAreShort() async throws {
        try await TestHub.with { test in
            for row in Self.acts {
                let ran = try await Program.linchpin(
                    row.words, input: row.input, environment: ["LINCHPIN_DATA": test.folder])
                #expect(ran.status == 0, "\(row.words): \(ran.everything)")
                let lines = ran.output.split(separator: "\n").map(String.init)
                #expect(lines.count == row.prints.count, "\(row.words): \(ran.output)")
                for (line, wanted) in zip(lines, row.prints) { #expect(Self.fits(line, wanted), "\(line)") }
                #expect(!ran.everything.contains("canary"), "\(row.words)")
            }
        }
    }

    private static func fits(_ line: String, _ wanted: String) -> Bool {
        var rest = line[...]
        let parts = wanted.split(separator: "*", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() where !part.isEmpty {
            guard let found = rest.firstRange(of: part), index > 0 || found.lowerBound == rest.startIndex else {
                return false
            }
            rest = rest[found.upperBound...]
        }
        return rest.isEmpty || wanted.hasSuffix("*")
    }

    @Test("In a pipe no cell of a list is cut, and none holds JSON")
    func listsAreWhole() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            _ = try await Program.linchpin(
                ["explain", "GET", "/api/now/table/incident", "--client", "hr", "--data", test.folder])
            try await test.settle()
            let purpose = String(repeating: "what it is for ", count: 12) + "and its end"
            _ = try await Program.linchpin(["role", "create", "long", "--says", purpose, "--data", test.folder])
            for list in CommandLineTests.lists + [["role", "grants"], ["spoke", "get", "okta"]] {
                let shown = try await Program.linchpin(list + ["--data", test.folder])
                #expect(!shown.output.contains("…"), "\(list): \(shown.output)")
                #expect(!shown.output.contains("{\""), "\(list): \(shown.output)")
            }
            let roles = try await Program.linchpin(["role", "list", "--data", test.folder])
            #expect(roles.output.contains(purpose), "\(roles.output)")
            let clients = try await Program.linchpin(["client", "list", "--data", test.folder])
            #expect(clients.output.contains(caller.clientID))
            let grants = try await Program.linchpin(["role", "grants", "--data", test.folder])
            #expect(grants.output.contains("UNTIL"))
            let log = try await Program.linchpin(["log", "list", "--data", test.folder])
            #expect(log.output.hasPrefix("AT (UTC)") && log.output.contains("allowed"), "\(log.output)")
            #expect(!log.output.contains("GET /api/linchpin"), "its own reads are not what somebody looks for")
            let all = try await Program.linchpin(["log", "list", "--with-console", "--data", test.folder])
            #expect(all.output.contains("GET /api/linchpin/v1/clients"), "\(all.output)")
        }
    }

    @Test("One of a kind, without JSON: names before ids")
    func details() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            let client = try await Program.linchpin(["client", "get", "hr", "--data", test.folder])
            #expect(client.output.contains("last used") && !client.output.contains("{"), "\(client.output)")
            #expect(!client.output.contains("user_name") && !client.output.contains(caller.secret))
            try await test.post("/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret"])
            let credential = try await Program.linchpin(["credential", "get", "key", "--data", test.folder])
            #expect(credential.output.contains("stage: idle\n"), "\(credential.output)")
        }
    }

    @Test("A proposed command names the folder that was given, and a flow's mistake the file")
    func proposals() async throws {
        try await TestHub.with { test in
            let file = test.folder + "/mine.yaml"
            let source = "flow: mine\ntitle: Mine\ntrigger: manual\nuses: { okta: nowhere }\nsteps: []\n"
            #expect(FileManager.default.createFile(atPath: file, contents: Data(source.utf8)))
            let ran = try await Program.linchpin(["flow", "check", file, "--data", test.folder])
            #expect(ran.status == 1)
            #expect(ran.errors.contains("\(file):"), "\(ran.errors)")
            #expect(!ran.errors.contains("linchpin log show"), "a typing mistake is not for the log")
            let untested = try await Program.linchpin(["spoke", "test", file])
            #expect(untested.errors.contains("mine.test.yaml. Write it"), "\(untested.errors)")
            try await test.post("/spokes/okta/activate", [:])
            let step = "steps:\n  - find: { action: okta.lookup_user, with: { login: mara } }\n"
            let whole = source.replacing("steps: []\n", with: step)
            #expect(FileManager.default.createFile(atPath: file, contents: Data(whole.utf8)))
            let lacking = try await Program.linchpin(["flow", "check", file, "--data", test.folder])
            #expect(lacking.status == 1, "a pipeline must not pass a flow that this hub would not start")
            #expect(lacking.output.contains("alias nowhere, which does not exist"), "\(lacking.output)")
            #expect(!lacking.output.contains("no mistakes"))
        }
    }
}
