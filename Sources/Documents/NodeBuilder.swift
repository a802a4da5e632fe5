import Core
import Yams

/// Turns what Yams read into our nodes and refuses what we do not take.
struct NodeBuilder {
    let file: String
    let origin: Origin
    private var count = 0

    init(file: String, _ origin: Origin) {
        self.file = file
        self.origin = origin
    }

    mutating func node(_ yaml: Yams.Node, depth: Int) throws(DocumentProblem) -> Node {
        let line = yaml.mark?.line ?? 1
        count += 1
        guard count <= origin.nodes.value else { throw problem(line, "too many values in one file; split it") }
        guard depth < Limits.jsonDepth.value else {
            throw problem(line, "nested deeper than \(Limits.jsonDepth.value) levels")
        }
        if yaml.anchor != nil, origin == .own {
            throw problem(line, "an anchor; write the value out wherever it is needed")
        }
        switch yaml {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain && scalar.style != .any
            // Yams gives quoted text the tag of text.
            if !isQuoted || scalar.tag.description != Tag.Name.str.rawValue { try refuseTag(scalar.tag, line) }
            return Node(line: line, content: .scalar(scalar.string, isQuoted: isQuoted))
        case .sequence(let sequence):
            try refuseTag(sequence.tag, line)
            var items: [Node] = []
            for item in sequence { items.append(try node(item, depth: depth + 1)) }
            return Node(line: line, content: .list(items))
        case .mapping(let mapping):
            try refuseTag(mapping.tag, line)
            return Node(line: line, content: .map(try members(mapping, depth: depth)))
        case .alias:
            throw problem(line, "an alias; write the value out")
        }
    }

    private mutating func members(
        _ mapping: Yams.Node.Mapping, depth: Int
    ) throws(DocumentProblem) -> [(key: String, line: Int, value: Node)] {
        var found: [(key: String, line: Int, value: Node)] = []
        var keys: Set<[UInt8]> = []
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            guard case .scalar(let scalar) = key else { throw problem(line, "a key must be a single word") }
            if key.anchor != nil, origin == .own {
                throw problem(line, "an anchor; write the value out wherever it is needed")
            }
            // Yams resolves a key's tag while it looks for duplicates.
            if scalar.tag.description != Tag.Name.str.rawValue { try refuseTag(scalar.tag, line) }
            if scalar.string == "<<" { throw problem(line, "a merge key; write the members out") }
            guard keys.insert(Array(scalar.string.utf8)).inserted else {
                throw problem(line, "the key \"\(Shown.name(scalar.string))\" comes twice in this map")
            }
            found.append((scalar.string, line, try node(value, depth: depth + 1)))
        }
        return found
    }

    private func refuseTag(_ tag: Tag, _ line: Int) throws(DocumentProblem) {
        guard origin == .published || tag.description.isEmpty else {
            throw problem(line, "a tag (an exclamation mark before a value); put text that begins with one in quotes")
        }
    }

    private func problem(_ line: Int, _ what: String) -> DocumentProblem {
        DocumentProblem(file: file, line: line, what: what)
    }
}
