import ArgumentParser
import Core
import Hub

/// What every command that talks to a running hub takes.
struct HubOptions: ParsableArguments {
    @OptionGroup var folder: DataOption
    @Flag(help: "Print the answer as JSON.") var json = false
}

/// A command that prints one answer, for people or as JSON.
protocol AnsweringCommand: AsyncParsableCommand {
    var hub: HubOptions { get }
    /// Prints the answer for people.
    func show(_ answer: JSON) throws
    /// Whether the answer is a good one; one that is not ends with exit code 1.
    func isGood(_ answer: JSON) -> Bool
    /// The exit code of an answer: 0 or 1, unless a command has more to say by it.
    func exitCode(_ answer: JSON) -> Int32
}

extension AnsweringCommand {
    /// Prints an answer as it was asked for.
    func print(_ answer: JSON) throws {
        if hub.json { Terminal.say(answer.description) } else { try show(answer) }
        let code = exitCode(answer)
        guard code == 0 else { throw ExitCode(code) }
    }

    func show(_ answer: JSON) throws { Show.answer(answer) }
    func isGood(_ answer: JSON) -> Bool { true }
    func exitCode(_ answer: JSON) -> Int32 { isGood(answer) ? 0 : 1 }
}

/// A command that is one call of one operation, over the hub's own socket.
protocol HubCommand: AnsweringCommand {
    /// Asks the hub.
    func call(_ hub: AdminClient) async throws -> JSON
}

extension HubCommand {
    func run() async throws { try await ask() }

    /// Asks the running hub and prints its answer.
    func ask() async throws {
        try await Terminal.explaining(hub.folder) {
            let configuration = try await Startup.configuration(data: hub.folder.data, port: nil)
            let client = AdminClient(data: configuration.data, start: "linchpin serve" + hub.folder.words)
            let called: Result<JSON, any Error>
            do { called = .success(try await call(client)) } catch { called = .failure(error) }
            try await client.close()
            try print(try called.get())
        }
    }
}

/// A command that a running hub carries out, and this program on the files where none runs.
protocol EitherWayCommand: HubCommand {
    /// What is done, for the line that a terminal shows meanwhile.
    var doing: String { get }
    /// Does it on the files of a hub that is stopped.
    func callStopped(_ configuration: HubConfiguration) async throws -> JSON
}

extension EitherWayCommand {
    func run() async throws { try await askEitherWay() }

    /// Asks the running hub, or does it here, and prints the answer.
    func askEitherWay() async throws {
        try await Terminal.explaining(hub.folder) {
            let configuration = try await Startup.configuration(data: hub.folder.data, port: nil)
            try print(try await Progress.during(doing) { try await eitherWay(configuration) })
        }
    }

    private func eitherWay(_ configuration: HubConfiguration) async throws -> JSON {
        let client = AdminClient(data: configuration.data)
        let asked: Result<JSON, any Error>
        do { asked = .success(try await call(client)) } catch { asked = .failure(error) }
        try await client.close()
        do { return try asked.get() } catch let error as HubError where error.reason == "no_hub" {
            return try await callStopped(configuration)
        }
    }
}

/// A command that changes something and says so in a line or two; `get` and `--json` show the rest.
protocol Act: HubCommand {
    /// What was done; and on a second line, where it helps, what comes next.
    func done(_ answer: JSON) -> String
}

extension Act {
    func show(_ answer: JSON) throws { Terminal.say(Show.safe(done(answer))) }
}

/// One noun of the command line: where it lies and how it looks.
protocol Noun {
    static var name: String { get }
    static var path: String { get }
    /// What its list shows.
    static var columns: [Column] { get }
    /// Shows one of it.
    static func show(_ answer: JSON)
    /// What deleting one does, for the help.
    static var deletes: String { get }
}

extension Noun {
    static func show(_ answer: JSON) { Show.answer(answer) }
    static var deletes: String { "Delete one \(name) that is not in use." }
}

/// `linchpin NOUN list`
struct ListCommand<N: Noun>: HubCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List every \(N.name).")
    }
    @OptionGroup var hub: HubOptions

    /// All of it, page after page.
    func call(_ hub: AdminClient) async throws -> JSON {
        var items: [JSON] = []
        var next: String?
        repeat {
            let page = try await hub.call("GET", Query.path(N.path, [("after", next)]))
            items += page["items"]?.array ?? []
            next = page["next"]?.string
        } while next != nil
        return ["items": .array(items)]
    }

    func show(_ answer: JSON) throws { Show.table(answer["items"], N.columns) }
}

/// `linchpin NOUN get NAME`
struct GetCommand<N: Noun>: HubCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "get", abstract: "Show one \(N.name).")
    }
    @Argument(help: "Its name or id.") var name: String
    @OptionGroup var hub: HubOptions

    func call(_ hub: AdminClient) async throws -> JSON {
        try await hub.call("GET", "\(N.path)/\(PercentEncoding.encode(name))")
    }

    func show(_ answer: JSON) throws { N.show(answer) }
}

/// `linchpin NOUN delete NAME`
struct DeleteCommand<N: Noun>: Act {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "delete", abstract: N.deletes)
    }
    @Argument(help: "Its name or id.") var name: String
    @OptionGroup var hub: HubOptions

    func call(_ hub: AdminClient) async throws -> JSON {
        try await hub.call("DELETE", "\(N.path)/\(PercentEncoding.encode(name))")
    }

    func done(_ answer: JSON) -> String { "\(N.name) \(name) deleted" }
}

/// A path with a query; what was not given is left out.
enum Query {
    static func path(_ path: String, _ wanted: [(name: String, value: String?)]) -> String {
        let pairs = wanted.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0))" } }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }
}

/// Where a list that may be long goes on.
struct PageOptions: ParsableArguments {
    @Option(help: "Only what comes behind this one; the list says how to go on.") var after: String?

    /// One page; below it, where there is more, how to go on.
    func show<N: Noun>(_ answer: JSON, of noun: N.Type) {
        Show.table(answer["items"], N.columns)
        Self.more(answer)
    }

    /// The filters are said again by whoever asks: without them the rest would be that of another list.
    static func more(_ answer: JSON) {
        guard let next = answer["next"]?.string else { return }
        Terminal.complain("There is more: the same command with --after \(Show.safe(next))")
    }
}

/// Builds a body from options; what was not given is left out.
struct Body {
    private var members = JSONObject()
    var json: JSON { .object(members) }

    /// What an update changes; one that names nothing is a slip, and would say that it was done.
    func changes() throws -> JSON {
        guard !members.members.isEmpty else { throw ValidationError("Name what to change; what is not named stays.") }
        return json
    }

    mutating func set(_ name: String, _ value: String?) { if let value { members[name] = .string(value) } }
    mutating func set(_ name: String, _ value: Bool?) { if let value { members[name] = .bool(value) } }
    mutating func set(_ name: String, _ value: Int64?) { if let value { members[name] = .int(value) } }
    mutating func set(_ name: String, _ values: [String]) {
        if !values.isEmpty { members[name] = .array(values.map { .string($0) }) }
    }
    mutating func set(_ name: String, _ value: JSON) { members[name] = value }
    mutating func set(_ name: String, _ secret: Secret) {
        members[name] = .string(secret.reveal { String(decoding: $0, as: UTF8.self) })
    }
}
