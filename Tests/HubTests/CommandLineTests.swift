import Core
import Foundation
import Hub
import Ports
import Testing

@Suite("Command line") struct CommandLineTests {
    static let lists: [[String]] = [
        ["user", "list"], ["group", "list"], ["role", "list"], ["client", "list"], ["scope", "list"],
        ["table", "list"], ["credential", "list"], ["connection", "list"], ["alias", "list"], ["spoke", "list"],
        ["action", "list"],
        ["flow", "list"], ["execution", "list"], ["log", "list"], ["audit", "list"],
    ]

    @Test("Every list, for people and as JSON, without a secret")
    func everyList() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            try await test.post(
                "/credentials", ["name": "key", "kind": "api_key", "secret": "canary-Mk3xYt7Qp"])
            for list in Self.lists {
                let shown = try await Program.linchpin(list + ["--data", test.folder])
                #expect(shown.status == 0, "\(list): \(shown.errors)")
                #expect(!shown.output.isEmpty && shown.errors.isEmpty, "\(list)")
                let json = try await Program.linchpin(list + ["--json", "--data", test.folder])
                #expect(json.status == 0, "\(list)")
                let read = try JSON.read(json.output.trimmingCharacters(in: .newlines))
                #expect(read["items"]?.array != nil, "\(list)")
                for secret in [caller.secret, caller.token, "canary-Mk3xYt7Qp"] {
                    #expect(!shown.everything.contains(secret) && !json.everything.contains(secret), "\(list)")
                }
            }
            let clients = try await Program.linchpin(["client", "list", "--data", test.folder])
            #expect(clients.output.hasPrefix("NAME") && clients.output.contains(caller.clientID))
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        let status: Int32
        var output: [String] = []
        var errors: [String] = []
        var testDescription: String { words.joined(separator: " ") }
    }

    static let rows: [Row] = [
        Row(words: ["client", "get", "hr"], status: 0, output: ["hr"]),
        Row(words: ["client", "get", "nobody"], status: 1, errors: ["There is no client \"nobody\""]),
        Row(
            words: ["client", "frob"], status: 2,
            errors: ["There is no command client frob. See: linchpin client --help"]),
        Row(words: ["client", "get"], status: 2, errors: ["Usage:"]),
        Row(words: ["nonsense"], status: 2, errors: ["nonsense"]),
        Row(words: ["explian", "GET", "/x"], status: 2, errors: ["command explian. Did you mean explain?"]),
        Row(words: ["client", "lst"], status: 2, errors: ["command client lst. Did you mean client list?"]),
        Row(words: ["serve", "--port", "99999"], status: 2, errors: ["--port takes a number from 0 to 65535"]),
        Row(words: ["explain", "GET", "api/now"], status: 2, errors: ["The path must begin with /"]),
        Row(words: ["scope", "create", "x", "--rule", "GET"], status: 2, errors: ["A rule is a method and a path"]),
        Row(words: ["--version"], status: 0, output: ["linchpin 0.1"]),
        Row(
            words: ["explain", "GET", "/api/now/table/incident", "--client", "hr"], status: 1,
            output: ["refused  GET /api/now/table/incident  role_missing", "> right", "would pass with: role incident"]),
        Row(
            words: ["explain", "GET", "/api/now/table/incident", "--client", "hr", "--json"], status: 1,
            output: ["\"allowed\":false"]),
        Row(
            words: ["explain", "POST", "/api/now/table/hr_leaver", "--client", "hr"], status: 0,
            output: ["allowed  POST /api/now/table/hr_leaver", "\n  as if hr had a fresh token\n"]),
        Row(words: ["explain", "GET", "/no/such/path", "--client", "hr"], status: 1, errors: ["Nobody could call it"]),
        Row(words: ["audit", "verify"], status: 0, output: ["audit verify: intact"]),
    ]

    @Test("0 done, 1 refused or failed, 2 wrong usage")
    func exitCodes() async throws {
        try await TestHub.with { test in
            _ = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            try await test.settle()
            for row in Self.rows {
                let ran = try await Program.linchpin(row.words, environment: ["LINCHPIN_DATA": test.folder])
                #expect(ran.status == row.status, "\(row.words): \(ran.everything)")
                for text in row.output { #expect(ran.output.contains(text), "\(row.words): \(ran.output)") }
                for text in row.errors { #expect(ran.errors.contains(text), "\(row.words): \(ran.everything)") }
            }
        }
    }

    @Test("The commands that explain names, run as they are printed, make the call pass")
    func explainedCommands() async throws {
        try await TestHub.with { test in
            try await test.make(.tables)
            _ = try await test.caller("hr", scopes: [.administration])
            for change in ["/clients/hr", "/users/hr"] {
                _ = try await test.admin.call("PATCH", change, ["active": false])
            }
            _ = try await test.admin.call("PATCH", "/users/hr", ["locked": true])
            let environment = ["LINCHPIN_DATA": test.folder]
            let question = ["explain", "GET", "/api/now/table/incident", "--client", "hr"]
            let refused = try await Program.linchpin(question, environment: environment)
            let commands = refused.output.split(separator: "\n").filter { $0.hasPrefix("  linchpin ") }
            #expect(
                commands.map { $0.dropFirst(2) } == [
                    "linchpin client update hr --active true", "linchpin user update hr --active true",
                    "linchpin user update hr --locked false", "linchpin client add-scope hr all.tables",
                    "linchpin role grant incident_reader --user hr",
                ], "\(refused.everything)")
            for command in commands {
                let words = command.split(separator: " ").dropFirst().map(String.init)
                let ran = try await Program.linchpin(words, environment: environment)
                #expect(ran.status == 0, "\(command): \(ran.everything)")
            }
            let allowed = try await Program.linchpin(question, environment: environment)
            #expect(allowed.status == 0, "\(allowed.everything)")
        }
    }

    @Test("log show says what was wrong with a body, and from where it came")
    func wrongBody() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            let wrong = try await test.send(
                "POST", "/api/now/table/hr_leaver", token: caller.token, json: ["email": "a@b.example"])
            let ran = try await Program.linchpin(
                ["log", "show", wrong.header("x-correlation-id") ?? "-"], environment: ["LINCHPIN_DATA": test.folder])
            #expect(
                ran.status == 0 && ran.output.hasSuffix("missing_field  A record of hr_leaver needs \"name\".\n")
                    && ran.output.contains("127.0.0.1"), "\(ran.everything)")
        }
    }

    @Test("A token to explain comes on standard input and is not shown")
    func explainToken() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_writer"], scopes: [.tables])
            let ran = try await Program.linchpin(
                ["explain", "GET", "/api/now/table/hr_leaver", "--token", "--data", test.folder],
                input: caller.token + "\n")
            #expect(ran.status == 0, "\(ran.everything)")
            #expect(!ran.everything.contains(caller.token))
        }
    }

    @Test("Without a hub it says so")
    func noHub() async throws {
        try await TestHub.withFolder { folder in
            let ran = try await Program.linchpin(["client", "list", "--data", folder])
            #expect(ran.status == 1)
            #expect(ran.errors == "No hub answers at \(folder)/hub.sock. Start one: linchpin serve --data \(folder)\n")
            #expect(ran.output.isEmpty)
        }
    }

    @Test("audit verify --offline where no hub was makes nothing")
    func nothingToVerify() async throws {
        try await TestHub.withFolder { folder in
            for place in [folder, folder + "/none"] {
                let ran = try await Program.linchpin(["audit", "verify", "--offline", "--data", place])
                #expect(ran.status == 1)
                #expect(ran.errors.contains("There is no hub's data in \(place)."), "\(ran.everything)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test("admin create: password from standard input, only while the hub is stopped")
    func adminCreate() async throws {
        let password = "canary-password-8Hq2Lw"
        try await TestHub.withFolder { folder in
            let words = ["admin", "create", "root", "--data", folder]
            let made = try await Program.linchpin(words, input: password + "\n")
            #expect(made.status == 0, "\(made.everything)")
            #expect(made.output.contains("root is an administrator"))
            let again = try await Program.linchpin(words, input: password + "\n")
            #expect(again.status == 1)
            let short = try await Program.linchpin(["admin", "create", "r2", "--data", folder], input: "canary\n")
            #expect(short.status == 1)
            let none = try await Program.linchpin(["admin", "create", "r3", "--data", folder])
            #expect(none.status == 1)
            #expect(none.errors.contains("Nothing was read"))
            for ran in [made, again, short, none] { #expect(!ran.everything.contains("canary")) }
        }
        try await TestHub.with { test in
            let ran = try await Program.linchpin(
                ["admin", "create", "root", "--data", test.folder], input: password + "\n")
            #expect(ran.status == 1)
            #expect(ran.errors.hasPrefix("A hub is running on this data folder. Stop it first"))
            let users = try await test.admin.call("GET", "/users")
            #expect(!users.description.contains("root"))
        }
    }

    @Test("demo --once plays, exits 0 and ends with an intact trail")
    func demoOnce() async throws {
        try await TestHub.withFolder { folder in
            let ran = try await Program.linchpin(
                ["demo", "--once", "--port", "0", "--sandbox-port", "0", "--data", folder + "/demo"])
            #expect(ran.status == 0, "\(ran.everything)")
            let last = ran.output.split(separator: "\n").last ?? ""
            #expect(last.contains("audit verify:") && last.contains("intact"), "\(ran.output)")
            #expect(!ran.output.contains(":0 "), "the ports are the real ones")
            let other = try await Program.linchpin(["demo", "--once", "--port", "0", "--data", folder])
            #expect(other.status == 1)
            #expect(other.errors.contains("is not an earlier demo's folder"))
        }
    }
}
