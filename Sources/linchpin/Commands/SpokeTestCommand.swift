import ArgumentParser
import Core
import Hub
import Outbound
import Spokes

extension SpokeCommand {
    struct Test: FileCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Play a spoke's tests: through its actions, against the recorded calls, without a hub.",
            discussion: """
                The tests are in NAME.test.yaml beside the file. With --against they go to a system that really answers, \
                such as a sandbox: the key is asked for, or read from standard input.
                """)
        @Argument(help: "The spoke file, YAML.") var file: String
        @Option(help: "The tests, if they lie elsewhere.") var tests: String?
        @Option(help: "The base URL of a system that answers; http on this machine alone.") var against: String?
        @Flag(help: "With --against: write what really went by into the tests, in place of what they hold.")
        var record = false
        @Option(help: "With --against: the kind of credential; the spoke's best if not given.") var kind: String?
        @Option(help: "With --against and kind basic: the user's name.") var username: String?
        @Option(help: "With --against and kind header_key: the header.") var header: String?
        @Option(help: "With --against and kind header_key: what stands before the key.") var prefix: String?
        @OptionGroup var form: AnswerForm

        func validate() throws {
            guard against != nil || !record && kind == nil && username == nil && header == nil && prefix == nil else {
                throw ValidationError("--record, --kind, --username, --header and --prefix need --against.")
            }
        }

        private var testsFile: String { tests ?? Files.beside(file, ".test.yaml") }

        func answer() async throws -> JSON {
            let spoke = (bytes: try Files.read(file), file: Files.name(file))
            let written = try tests.map { try Files.read($0) } ?? Files.tests(of: file)
            let rows = (bytes: written, file: Files.name(testsFile))
            guard let against else { return try await SpokeTests.run(spoke, tests: rows) }
            let outbound = OutboundClient()
            let played: Result<JSON, any Error>
            do {
                played = .success(
                    try await SpokeTests.run(spoke, tests: rows, live: try live(against, outbound)))
            } catch { played = .failure(error) }
            try await outbound.shutdown()
            let answer = try played.get()
            if record, let text = answer["recorded"]?.string {
                try Files.write(text, to: testsFile, replaces: true)
            }
            return answer
        }

        private func live(_ url: String, _ outbound: OutboundClient) throws -> SpokeTests.Live {
            var settings = Body()
            settings.set("username", username)
            settings.set("header", header)
            settings.set("prefix", prefix)
            return SpokeTests.Live(
                url: url, kind: kind, secret: try Terminal.readSecret("Key for \(url): "),
                settings: settings.json.object ?? [:], outbound: outbound, effects: .live())
        }

        func show(_ answer: JSON) throws {
            for item in answer["items"]?.array ?? [] {
                let isGood = item["passed"] == true || record
                Terminal.say(
                    "\(isGood ? "ok  " : "FAIL") \(Show.text(item["name"] ?? .null))  "
                        + "(\(Files.name(testsFile)):\(Show.text(item["line"] ?? .null)))")
                if !isGood { Terminal.say("     \(Show.text(item["difference"] ?? .null))") }
            }
            let (passed, failed) = (Show.text(answer["passed"] ?? .null), Show.text(answer["failed"] ?? .null))
            Terminal.say(record ? "recorded into \(testsFile)" : "\(passed) passed, \(failed) failed")
        }

        func isGood(_ answer: JSON) -> Bool { record || answer["failed"] == 0 }
    }
}
