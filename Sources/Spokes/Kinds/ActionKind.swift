import Core
import Documents
import Ports

/// How an action of one kind reads its part of the file and runs. One more kind is one file and one line in `all`.
protocol ActionKind: Sendable {
    /// The word after `kind:`.
    static var word: String { get }
    /// Whether it answers a list under `items`.
    static var isStream: Bool { get }
    /// Whether it only reads, so that its method must be GET.
    static var onlyReads: Bool { get }
    /// Reads the members that this kind has beyond the common ones.
    init(_ map: inout MapReader) throws(DocumentProblem)
    /// Its outputs; of a stream, those of each item.
    var fields: [OutputMapping.Field] { get }
    /// The inputs that it uses beside the request.
    var inputs: Set<String> { get }
    /// What is wrong with inputs together, without their values; nil if nothing is.
    func problem(with input: JSONObject) -> String?
    /// Runs after the gate let it pass. Never waits: what takes time is `later`.
    func run(_ run: ActionRun) async -> ActionOutcome
}

extension ActionKind {
    var inputs: Set<String> { [] }
    func problem(with input: JSONObject) -> String? { nil }

    /// The names of its outputs.
    var outputs: [String] { fields.map(\.name) }
}

/// The closed list of kinds.
enum ActionKinds {
    typealias Kind = any ActionKind.Type

    static let all: [Kind] = [RequestKind.self, StreamKind.self, FindKind.self, PollKind.self, ProbeKind.self]

    static func named(_ word: String) -> Kind? { all.first { $0.word == word } }
}
