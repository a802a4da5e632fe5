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
    /// The names of its outputs.
    var outputs: [String] { get }
    /// Runs after the gate let it pass. Never waits: what takes time is `later`.
    func run(_ run: ActionRun) async -> ActionOutcome
}

/// The closed list of kinds.
enum ActionKinds {
    static let all: [any ActionKind.Type] = [RequestKind.self, StreamKind.self, PollKind.self, ProbeKind.self]

    static func named(_ word: String) -> (any ActionKind.Type)? { all.first { $0.word == word } }
}
