import ArgumentParser
import Core
import Foundation
import Hub
import Outbound
import Spokes

/// A command that works on files of this machine and asks no hub.
protocol FileCommand: AsyncParsableCommand {
    var form: AnswerForm { get }
    func answer() async throws -> JSON
    /// Prints the answer for people.
    func show(_ answer: JSON) throws
    /// Whether the answer is a good one; one that is not ends with exit code 1.
    func isGood(_ answer: JSON) -> Bool
}

/// How an answer is printed.
struct AnswerForm: ParsableArguments {
    @Flag(help: "Print the answer as JSON.") var json = false
}

extension FileCommand {
    func run() async throws {
        try await Terminal.explaining {
            let answer = try await answer()
            if form.json { Terminal.say(answer.description) } else { try show(answer) }
            guard isGood(answer) else { throw ExitCode(1) }
        }
    }

    func isGood(_ answer: JSON) -> Bool { true }
}

/// Files of this machine.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw HubError(.invalid, "no_file", "\(path) cannot be read. Check the name.")
        }
        return [UInt8](data)
    }

    /// The tests of a spoke file, which its author writes.
    static func tests(of path: String) throws -> [UInt8] {
        let tests = beside(path, ".test.yaml")
        guard let bytes = try readIfThere(tests) else {
            throw HubError(
                .invalid, "no_tests",
                "There is no \(tests). Write it, with a row for each action: linchpin spoke new NAME shows one.")
        }
        return bytes
    }

    /// The file, where there is one.
    static func readIfThere(_ path: String) throws -> [UInt8]? {
        FileManager.default.fileExists(atPath: path) ? try read(path) : nil
    }

    /// Writes a new file; one that is there is left alone unless `replaces`.
    static func write(_ text: String, to path: String, replaces: Bool) throws {
        guard replaces || !FileManager.default.fileExists(atPath: path) else {
            throw HubError(.conflict, "file_exists", "\(path) is there already. Choose another name, or add --force.")
        }
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw HubError(.invalid, "not_written", "\(path) cannot be written. Check the folder.")
        }
    }

    /// Beside `toy.yaml`: `toy` and an ending.
    static func beside(_ path: String, _ ending: String) -> String {
        (path.hasSuffix(".yaml") ? String(path.dropLast(".yaml".count)) : path) + ending
    }

    /// For messages.
    static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}

extension SpokeCommand {
    struct New: FileCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Begin a spoke: writes NAME.yaml and NAME.test.yaml into this folder.")
        @Argument(help: "The spoke's name.") var name: String
        @Flag(help: "Replace files that are there.") var force = false
        @OptionGroup var form: AnswerForm

        func answer() async throws -> JSON {
            let file = "\(name).yaml"
            let text = try SpokeStarter.text(name: name)
            try Files.write(text, to: file, replaces: force)
            try Files.write(
                SpokeStarter.tests(name: name), to: Files.beside(file, ".test.yaml"), replaces: force)
            return ["file": .string(file), "tests": .string(Files.beside(file, ".test.yaml"))]
        }

        func show(_ answer: JSON) throws {
            Terminal.say("wrote \(name).yaml and \(name).test.yaml. Next: linchpin spoke check \(name).yaml")
        }
    }

    struct Check: FileCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read a spoke file as a hub does, and say what a hub would know of it.")
        @Argument(help: "The spoke file, YAML. A table NAME-operations.tsv beside it is read too.") var file: String
        @OptionGroup var form: AnswerForm

        func answer() async throws -> JSON {
            try SpokeReview.check(
                try Files.read(file), file: Files.name(file),
                operations: try Files.readIfThere(Files.beside(file, "-operations.tsv")))
        }

        func show(_ answer: JSON) throws {
            guard var spoke = answer.object else { return }
            let warnings = spoke["warnings"]?.array ?? []
            for name in ["actions", "warnings"] { spoke[name] = nil }
            Show.answer(.object(spoke))
            Terminal.say("")
            let title = Column("title") { Show.line($0["name"] ?? .null) }
            Show.table(answer["actions"], ["key", title, "kind", "destructive", "scopes", "repeat"])
            for warning in warnings {
                let line = Show.text(warning["line"] ?? .null)
                Terminal.say("\(Files.name(file)):\(line): look: \(Show.text(warning["says"] ?? .null))")
            }
            let count = warnings.isEmpty ? "no mistakes" : "no mistakes, \(warnings.count) to look at"
            Terminal.say("spoke \(Show.text(answer["name"] ?? .null)): \(count)")
        }
    }

    struct Import: FileCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Make a spoke file from operations of an OpenAPI 3 description.",
            discussion: "The scopes are those of the description's security section. Nothing is fetched.")
        @Argument(help: "The description, YAML or JSON, OpenAPI 3.0 or 3.1, in one file.") var file: String
        @Option(help: "The operations, by operationId or as \"GET /path\", with commas between them.")
        var operations: String?
        @Flag(help: "List the operations with their scopes, and which cannot be expressed.") var list = false
        @Option(help: "The spoke's name; after the description's title if not given.") var name: String?
        @Option(
            help: "Write it there, with its table of operations beside it; to the terminal if not given.",
            completion: .file()) var to: String?
        @Flag(help: "Replace files that are there.") var force = false
        @OptionGroup var form: AnswerForm

        func validate() throws {
            guard list != (operations != nil) else {
                throw ValidationError("Give --operations with what is wanted, or --list to see what there is.")
            }
        }

        func answer() async throws -> JSON {
            let made = try SpokeImport(try Files.read(file), file: Files.name(file))
            guard let operations else { return made.list() }
            let wanted = operations.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let spoke = try made.spoke(operations: wanted, name: name)
            if let to {
                try Files.write(spoke.text, to: to, replaces: force)
                if let table = spoke.operations {
                    try Files.write(table, to: Files.beside(to, "-operations.tsv"), replaces: force)
                }
            }
            return ["spoke": .string(spoke.text), "operations": spoke.operations.map { .string($0) } ?? .null]
        }

        func show(_ answer: JSON) throws {
            if let items = answer["items"]?.array {
                Show.table(answer["items"], ["operation", "method", "path", "scopes", "fits"])
                for item in items where item["fits"] == false {
                    Terminal.say("\(Show.text(item["operation"] ?? .null)): \(Show.text(item["why"] ?? .null))")
                }
                Terminal.say("\(items.count { $0["fits"] == true }) of \(items.count) operations can be expressed")
            } else if let to {
                Terminal.say("wrote \(to). Read it through, then: linchpin spoke check \(to)")
            } else {
                Terminal.say(Show.safe(answer["spoke"]?.string ?? ""))
            }
        }
    }
}
