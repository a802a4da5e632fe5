/// A form: what it takes, and where it goes.
struct FormView: Sendable {
    struct Hidden: Sendable {
        let name: String
        let text: String
    }
    struct Button: Sendable {
        let name: String
        let label: String
    }
    /// What was wrong with what was sent.
    struct Problem: Sendable {
        let sentence: String
        /// The field that it is about, as an anchor to go to.
        var field: Anchor?
    }
    struct Anchor: Sendable, CustomStringConvertible {
        let id: String
        var description: String { "#" + id }
    }

    let action: Path
    /// Empty where no session is.
    let csrf: String
    var hidden: [Hidden] = []
    var problem: Problem?
    var fields: [Input] = []
    /// What few need, folded away under these.
    private(set) var rare: Fold?
    let submit: String
    /// A further button behind the first, which Return never presses.
    var other: Button?
    var weight = "main"
    /// Where to go instead; nil when there is nowhere.
    var cancel: Path?

    /// Fields folded away, open where one of them says something.
    struct Fold: Sendable {
        let fields: [Input]
        let isOpen: Bool
    }

    /// Asks for these; the rare ones are folded away.
    mutating func ask(_ inputs: [Input]) {
        fields = inputs.filter { !$0.isRare }
        let rest = inputs.filter(\.isRare)
        rare = rest.isEmpty ? nil : Fold(fields: rest, isOpen: rest.contains(where: \.isFilled))
    }
}

/// One field of a form.
struct Input: Sendable {
    enum Kind: String, Sendable, CustomStringConvertible {
        case line = "field-line"
        case lines = "field-lines"
        case choice = "field-choice"
        case check = "field-check"
        case checks = "field-checks"
        case rows = "field-rows"
        var description: String { rawValue }
    }
    struct Option: Sendable {
        let id: String
        let value: String
        let shown: String
        var says: String?
        let isChosen: Bool
    }
    struct Line: Sendable {
        let inputs: [Box]
    }
    struct Box: Sendable {
        let name: String
        let text: String
        let label: String
    }

    let kind: String
    private(set) var id: String
    let name: String
    let label: String
    var hint: String?
    var error: String?
    var describedBy: String?
    var isRequired = false
    /// Whether few need it.
    var isRare = false
    /// Whether it is said that it may be left out; not where all fields have a value already.
    var isOptional = false
    var text = ""
    var type = "text"
    var autocomplete = "off"
    var most: String?
    var low: String?
    var high: String?
    var step: String?
    var isTall = false
    var isOn = false
    var options: [Option] = []
    var hasMany = false
    var heads: [String] = []
    var lines: [Line] = []

    /// Whether it holds a value, or something is wrong with it.
    var isFilled: Bool {
        error != nil || isOn || !text.isEmpty || options.contains { $0.isChosen && !$0.value.isEmpty }
    }

    init(_ kind: Kind, _ name: String, _ label: String) {
        self.kind = kind.rawValue
        id = "f-" + name
        self.name = name
        self.label = label
    }

    /// The same in a further form of one page, where ids must differ.
    func numbered(_ number: Int) -> Input {
        var input = self
        input.id = "\(id)-\(number)"
        input.describedBy = describedBy?.replacing(id, with: input.id)
        return input
    }
}

/// What a list can be narrowed by.
struct FilterView: Sendable {
    struct Text: Sendable {
        let name: String
        let label: String
        let text: String
    }
    struct Choice: Sendable {
        let name: String
        let label: String
        let options: [Input.Option]
    }
    struct Tick: Sendable {
        let name: String
        let label: String
        let isTicked: Bool
    }
    let action: Path
    var hidden: [FormView.Hidden] = []
    var search: Text?
    var choices: [Choice] = []
    var texts: [Text] = []
    var ticks: [Tick] = []
    var isFiltered = false
    /// The id of the rows that are fetched anew; nil for a list that stands still.
    var live: String?
}

extension FormView {
    /// The question of somebody else that a person allows or refuses.
    static func allowing(_ action: Path, csrf: String, of question: Hidden) -> FormView {
        var form = FormView(action: action, csrf: csrf, submit: "Allow")
        form.hidden = [question]
        form.other = Button(name: "refuse", label: "Refuse")
        return form
    }
}
