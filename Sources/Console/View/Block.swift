/// A part of a page: a template of `Look` and the model that it shows.
struct Block: Sendable {
    let template: String
    let model: any Sendable
    var name = ""
    /// The id of its heading; nil when it has none.
    var anchor: String?
    var links: [Link] = []
    var hasLinks = false
    /// What the reader opens it by; nil for a block that is open.
    var summary: String?

    private init(_ template: String, _ model: any Sendable) {
        self.template = template
        self.model = model
    }

    /// Under a heading of its own, with buttons beside it.
    func titled(_ name: String, _ links: [Link] = []) -> Block {
        var block = self
        block.name = name
        block.anchor = "s-" + name.lowercased().map { $0.isASCII && $0.isLetter ? String($0) : "-" }.joined()
        block.links = links
        block.hasLinks = !links.isEmpty
        return block
    }

    /// Closed until the reader opens it.
    func folded(_ summary: String) -> Block {
        var block = self
        block.summary = summary
        return block
    }

    /// Under a heading, where blocks of one page may have the same name.
    func titled(_ name: String, number: Int) -> Block {
        var block = titled(name)
        block.anchor = block.anchor.map { "\($0)-\(number)" }
        return block
    }

    /// A block of a page with a template of its own.
    static func made(_ template: String, _ model: any Sendable) -> Block { Block(template, model) }

    static func table(_ table: TableView) -> Block { Block("table", table) }
    static func facts(_ facts: [Fact]) -> Block { Block("facts", Facts(facts: facts)) }
    static func filter(_ filter: FilterView) -> Block { Block("filter", filter) }
    static func form(_ form: FormView) -> Block { Block("form", form) }
    static func words(_ paragraphs: String...) -> Block { Block("words", Paragraphs(paragraphs: paragraphs)) }
    static func note(_ tone: Tone, _ sentence: String, _ link: Link? = nil) -> Block {
        Block("note", Note(tone: tone, sentence: sentence, link: link))
    }
    static func source(_ text: String, label: String) -> Block { Block("source", Source(label: label, text: text)) }
    static func difference(_ difference: Difference) -> Block { Block("difference", difference) }
    static func numbers(_ numbers: [Number]) -> Block { Block("numbers", Numbers(numbers: numbers)) }
    static func way(_ stations: [Station]) -> Block { Block("way", Way(stations: stations)) }
    static func tiles(_ tiles: [Tile]) -> Block { Block("tiles", Tiles(tiles: tiles)) }
    static func findings(_ findings: [Finding], empty: String) -> Block {
        Block("findings", Findings(findings: findings, hasFindings: !findings.isEmpty, empty: empty))
    }
    /// A secret that the hub made; it is shown this once.
    static func secret(_ text: String, _ sentence: String) -> Block {
        Block("secret", ShownOnce(text: text, sentence: sentence))
    }
    /// A flow as a drawing, in a box of its own.
    static func graph(_ graph: Graph) -> Block { Block("graph", graph) }
    /// Links to the sides of one page.
    static func tabs(_ links: [Rail.Item], label: String) -> Block { Block("tabs", Tabs(label: label, links: links)) }
    /// Where one stands in several steps.
    static func progress(_ steps: [Progress]) -> Block { Block("progress", ProgressList(steps: steps)) }
    static func chart(_ chart: Chart) -> Block { Block("chart", chart) }
}

/// A value with its name.
struct Fact: Sendable {
    let name: String
    let value: Cell
}

/// A sentence that stands out.
struct Note: Sendable {
    let tone: Tone
    let sentence: String
    var link: Link?
}

/// A figure of an overview.
struct Number: Sendable {
    let name: String
    let value: String
    /// The list of what was counted.
    var path: Path?
}

/// One thing among several that a person chooses from.
struct Tile: Sendable {
    let name: String
    let path: Path
    let sentence: String
    let value: Cell
}

/// Something that should be looked at.
struct Finding: Sendable {
    let tone: Tone
    let word: String
    let sentence: String
    var link: Link?
}

/// One of several steps that lead somewhere.
struct Progress: Sendable {
    let name: String
    let isDone: Bool
    let isCurrent: Bool
}

private struct Tabs: Sendable { let label: String; let links: [Rail.Item] }
private struct ProgressList: Sendable { let steps: [Progress] }
private struct Facts: Sendable { let facts: [Fact] }
private struct Paragraphs: Sendable { let paragraphs: [String] }
private struct Source: Sendable { let label: String; let text: String }
private struct Numbers: Sendable { let numbers: [Number] }
private struct Way: Sendable { let stations: [Station] }
private struct Tiles: Sendable { let tiles: [Tile] }
private struct Findings: Sendable { let findings: [Finding]; let hasFindings: Bool; let empty: String }
private struct ShownOnce: Sendable { let text: String; let sentence: String }
