/// Where and why a text is not acceptable JSON. Never quotes the text.
public struct JSONProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes before the problem.
    public let offset: Int
    /// What was found wrong.
    public let what: String
    public var description: String { "\(what) at byte \(offset)" }
}

extension JSON {
    /// Reads one JSON text (RFC 8259 §2), strictly.
    ///
    /// Refuses what lax readers take: a byte order mark, invalid UTF-8, duplicate names (RFC 8259 §4 says SHOULD be
    /// unique; for us MUST), trailing commas, lone surrogates, U+0000, whole numbers over 64 bits, nesting deeper than
    /// `Limits.jsonDepth`, more members than `members`, and anything after the value.
    public static func read(
        _ bytes: [UInt8], members: Bound = Limits.jsonMembers
    ) throws(JSONProblem) -> JSON {
        var reader = JSONReader(bytes: bytes, most: members.value)
        return try reader.document()
    }

    /// Reads one JSON text, strictly.
    public static func read(_ text: String) throws(JSONProblem) -> JSON { try read(Array(text.utf8)) }
}

struct JSONReader {
    let bytes: [UInt8]
    /// How many values there may be.
    let most: Int
    var position = 0
    var members = 0

    init(bytes: [UInt8], most: Int) {
        self.bytes = bytes
        self.most = most
    }

    mutating func document() throws(JSONProblem) -> JSON {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw problem("unexpected text after the value") }
        return value
    }

    private func problem(_ what: String) -> JSONProblem { JSONProblem(offset: position, what: what) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSON {
        guard depth < Limits.jsonDepth.value else { throw problem("nested too deeply") }
        members += 1
        guard members <= most else { throw problem("too many values") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some: return try number()
        case nil: throw problem("the text ends where a value should be")
        }
    }

    private mutating func literal(_ word: String, _ value: JSON) throws(JSONProblem) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw problem("not a value") }
        position += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONProblem) -> JSON {
        position += 1
        var found: [JSONObject.Member] = []
        var names: Set<[UInt8]> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("a member needs a name in quotes") }
            let name = try string()
            guard Self.isNew(name, among: found, &names) else { throw problem("a member comes twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
            skipSpace()
            found.append(.init(name: name, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw problem("a comma or } is missing") }
        return .object(JSONObject(unique: found))
    }

    /// A few names are compared one by one, which needs no memory; from then on they are hashed.
    private static func isNew(
        _ name: String, among found: [JSONObject.Member], _ names: inout Set<[UInt8]>
    ) -> Bool {
        if found.count < 16 { return !found.contains { $0.name.isExactly(name) } }
        if names.isEmpty { names = Set(found.map { Array($0.name.utf8) }) }
        return names.insert(Array(name.utf8)).inserted
    }

    private mutating func array(depth: Int) throws(JSONProblem) -> JSON {
        position += 1
        var items: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw problem("a comma or ] is missing") }
        return .array(items)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func number() throws(JSONProblem) -> JSON {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leadingZero = next == UInt8(ascii: "0")
        let count = digits()
        guard count > 0 else { throw problem("not a value") }
        guard !leadingZero || count == 1 else { throw problem("a number must not start with 0") }
        var whole = true
        if take(UInt8(ascii: ".")) {
            whole = false
            guard digits() > 0 else { throw problem("digits are missing after the point") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            whole = false
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw problem("digits are missing in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole {
            guard let value = Int64(text) else { throw problem("a whole number is out of range") }
            return .int(value)
        }
        guard let value = Double(text), value.isFinite else { throw problem("a number is out of range") }
        return .double(value)
    }
}
