import Core
import Ports

/// A state whose cases each have a tone: one more case does not compile without one.
protocol Toned: RawRepresentable<String>, Sendable {
    var tone: Tone { get }
}

extension StepState: Toned {
    var tone: Tone {
        switch self {
        case .done: .good
        case .sent, .waiting: .busy
        case .inDoubt: .warn
        case .failed, .refused: .bad
        case .planned, .skipped, .cancelled: .plain
        }
    }

    /// Of several attempts and rounds of one step the state with the highest weight is shown.
    var weight: Int {
        switch self {
        case .skipped: 0
        case .cancelled: 1
        case .done: 2
        case .planned: 3
        case .waiting: 4
        case .sent: 5
        case .refused: 6
        case .failed: 7
        case .inDoubt: 8
        }
    }
}

extension ExecutionState: Toned {
    var tone: Tone {
        switch self {
        case .done: .good
        case .waiting, .running: .busy
        case .inDoubt: .warn
        case .failed: .bad
        case .cancelled: .plain
        }
    }
}

extension Transaction.Outcome: Toned {
    var tone: Tone {
        switch self {
        case .allowed: .good
        case .refused: .bad
        case .failed: .warn
        }
    }
}

extension Show {
    /// A word of such an enumeration with its tone.
    static func state<State: Toned>(_: State.Type) -> Show {
        .made { value in
            State(rawValue: value.string ?? "").map { Cell.badge($0.tone, Words.spoken($0.rawValue)) }
                ?? .code(value.text())
        }
    }
}
