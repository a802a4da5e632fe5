import Foundation
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private func files(under folder: String, ending: String = ".swift") throws -> [(path: String, text: String)] {
    let paths =
        FileManager.default.enumerator(atPath: root.appending(path: folder).path)?
        .compactMap { $0 as? String } ?? []
    return try paths.filter { $0.hasSuffix(ending) }.sorted().map { path in
        let relative = "\(folder)/\(path)"
        return (relative, try String(contentsOf: root.appending(path: relative), encoding: .utf8))
    }
}

@Suite("Tidy") struct TidyTests {
    @Test("no source breaks a rule")
    func sourcesAreTidy() throws {
        let sources = try files(under: "Sources")
        #expect(sources.count > 50)
        for file in sources {
            for breach in TidyRules.breaches(path: file.path, text: file.text) { Issue.record("\(breach)") }
        }
    }

    @Test("every file of a folder of kinds stands in its list")
    func kindsAreListed() throws {
        let sources = try files(under: "Sources")
        #expect(TidyRules.unlisted(sources) == [])
        for kinds in TidyRules.kindLists {
            let planted = sources + [(path: kinds.folder + "Planted.swift", text: "")]
            #expect(TidyRules.unlisted(planted).count == 1, "\(kinds.folder)")
        }
    }

    @Test("every file that may reveal a secret still does")
    func revealersReveal() throws {
        let revealing = Set(try files(under: "Sources").filter { $0.text.contains("reveal") }.map(\.path))
        #expect(TidyRules.revealers.subtracting(revealing) == [])
    }

    @Test("no template lets a value out where escaping does not hold it")
    func templatesAreTidy() throws {
        let templates = try files(under: "Sources/Console/Look", ending: ".mustache")
        #expect(templates.count > 20)
        for template in templates {
            for breach in TemplateRules.breaches(path: template.path, text: template.text) {
                Issue.record("\(breach)")
            }
        }
    }

    @Test(
        "a planted breach in a template is caught",
        arguments: [
            ("<p>{{{name}}}</p>", "unescaped"), ("<p>{{&name}}</p>", "unescaped"),
            ("<input value={{name}}>", "without quotes"), ("<input {{name}}>", "without quotes"),
            ("<script>let a = \"{{name}}\"</script>", "a script stands"),
            ("<script>go()</script>", "a script stands"), ("<style>p { color: {{colour}} }</style>", "<style"),
            ("<p style=\"color: {{colour}}\">", "style="), ("<p onclick=\"go({{id}})\">", "a handler"),
            ("<a href=\"javascript:{{code}}\">", "javascript:"), ("<a href='{{path}}'>", "single quotes"),
            ("<a href=\"https://example.org\">", "no value of the view"),
            ("{{=<% %>=}}<p><%name%></p>", "banned"), ("{{% CONTENT_TYPE:TEXT}}", "banned"),
        ])
    func plantedTemplateBreach(text: String, expected: String) {
        let found = TemplateRules.breaches(path: "x.mustache", text: text)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test("each of the 72 black-box checks of the authorization server has a row that begins with its name")
    func checksHaveRows() throws {
        let groups = [("A", 22), ("B", 14), ("C", 14), ("D", 8), ("E", 14)]
        let all = Set(groups.flatMap { group in (1...group.1).map { "\(group.0)\($0)" } })
        #expect(all.count == 72)
        let named = try files(under: "Tests").filter { !$0.path.contains("TidyTests/") }.flatMap { file in
            file.text.matches(of: /"((?:[A-E][0-9]{1,2}(?:, )?)+)[ :]/).flatMap {
                $0.output.1.split(separator: ", ").map(String.init)
            }
        }
        #expect(all.subtracting(named) == [])
    }

    @Test("tests keep to the same sizes, can fail, and never sleep")
    func testsAreTidy() throws {
        for file in try files(under: "Tests") where !file.path.contains("TidyTests/") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= TidyRules.fileLinesMost, "\(file.path) has \(lines) lines")
            let banned = ["Task.sleep", "usleep(", "withKnownIssue", ".disabled(", "Bool(true)"]
            for text in banned where file.text.contains(text) {
                Issue.record("\(file.path): `\(text)` is banned in tests")
            }
        }
    }

    @Test("every target of the floors is there, and no folder is outside them")
    func foldersAreFloors() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
        let known = Set(TidyRules.floors.flatMap { $0 } + ["CLibPQ"])
        #expect(Set(folders) == known)
    }

    @Test("the manifest keeps every target on its floor")
    func manifestKeepsFloors() throws {
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        for feature in TidyRules.floors[4] {
            guard let start = manifest.range(of: "name: \"\(feature)\"") else {
                Issue.record("\(feature) is not in Package.swift")
                continue
            }
            let end = manifest[start.upperBound...].range(of: ".target(")?.lowerBound ?? manifest.endIndex
            let declared = manifest[start.upperBound..<end]
            for other in TidyRules.floors[4] + ["Hub", "Web"] where other != feature {
                #expect(!declared.contains("\"\(other)\""), "\(feature) declares \(other)")
            }
        }
    }

    @Test("the container file copies every folder that the manifest names")
    func containerHasFolders() throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        let (container, sent) = (try text("Packaging/Containerfile"), try text(".dockerignore"))
        let named = try text("Package.swift").matches(of: /path: "([^"\/]+)/).map { String($0.output.1) }
        #expect(named.contains("Bench"))
        for folder in Set(named + ["Sources", "Tests"]) {
            #expect(container.contains("COPY \(folder) \(folder)\n") && sent.contains("!\(folder)\n"), "\(folder)")
        }
    }

    @Test(
        "a planted breach is caught",
        arguments: [
            ("Sources/Vault/A.swift", "let now = Date()", "banned"),
            ("Sources/Vault/A.swift", "import GRDB", "belongs to StorageSQLite"),
            ("Sources/Vault/A.swift", "import JWTKit", "belongs to"),
            ("Sources/Vault/A.swift", "public import Flows", "must not import Flows"),
            ("Sources/Core/A.swift", "import Keys", "must not import Keys"),
            ("Sources/Storage/A.swift", "import Hub", "must not import Hub"),
            ("Sources/Hub/A.swift", "let x = try! f()", "banned"),
            ("Sources/Flows/A.swift", "let s = SQL(built: text)", "banned"),
            ("Sources/Vault/A.swift", "/// RFC 6749 says so.", "without its section"),
            ("Sources/Vault/A.swift", "let text = secret.reveal { $0 }", "is revealed"),
            ("Sources/Vault/A.swift", #"let sql = "SELECT id FROM \(table)""#, "SQL is put together"),
            ("Sources/Vault/A.swift", #"text += " WHERE id = \(id)""#, "SQL is put together"),
            ("Sources/Hub/A.swift", #"logger.error("flow \(name) failed")"#, "a log message is constant"),
            ("Sources/Hub/A.swift", "logger.error(\n    \"flow \\(name) failed\",\n    metadata: [:])", "is constant"),
            ("Sources/Hub/A.swift", "logger.info(message)", "must be a literal"),
            ("Sources/Vault/A.swift", String(repeating: "let a = 1\n", count: 401), "split it"),
            (
                "Sources/Vault/A.swift", "func f() {\n" + String(repeating: "    let a = 1\n", count: 70) + "}",
                "function has 72 lines"
            ),
        ])
    func plantedBreach(path: String, text: String, expected: String) {
        let found = TidyRules.breaches(path: path, text: text)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test(
        "what is allowed stays allowed",
        arguments: [
            ("Sources/Vault/A.swift", "// Date() in a comment"),
            ("Sources/Hub/Running/LiveEffects.swift", "let now = Date()"),
            ("Sources/Hub/A.swift", "import Flows"),
            ("Sources/StorageSQLite/A.swift", "import Storage"),
            ("Sources/Vault/A.swift", "/// RFC 6749 §4.4: client credentials."),
            ("Sources/Core/Secret.swift", "bytes.reveal { $0 }"),
            ("Sources/Records/Query/StatementBuilder.swift", #"parts.add("SELECT \(list) FROM \(from)")"#),
            ("Sources/Hub/A.swift", #"logger.error("a flow failed", metadata: ["flow": "\(name)"])"#),
        ])
    func allowed(path: String, text: String) {
        #expect(TidyRules.breaches(path: path, text: text) == [])
    }
}
