extension JSON: CustomStringConvertible {
    /// Compact JSON text, members in their order. `/` stays as it is.
    public var description: String { text() }

    /// Compact JSON text; with `sorted`, members in byte order of their names, so that equal values have equal text.
    public func text(sorted: Bool = false) -> String {
        String(decoding: written(sorted: sorted), as: UTF8.self)
    }

    /// Compact JSON as bytes.
    public var bytes: [UInt8] { written(sorted: false) }

    private func written(sorted: Bool) -> [UInt8] {
        var output: [UInt8] = []
        // Room for most rows and events, so that it seldom grows.
        output.reserveCapacity(512)
        write(to: &output, sorted: sorted)
        return output
    }

    private func write(to output: inout [UInt8], sorted: Bool) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): output.append(contentsOf: String(value).utf8)
        case .double(let value):
            // RFC 8259 §6: infinities and NaN have no JSON form. The reader makes none; a caller that does gets null.
            output.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let value): Self.quote(value, to: &output)
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                item.write(to: &output, sorted: sorted)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            let members =
                sorted
                ? object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } : object.members
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.quote(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output, sorted: sorted)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func quote(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated() where mustEscape(byte) {
                output.append(contentsOf: bytes[start..<index])
                output.append(contentsOf: escape(byte).utf8)
                start = index + 1
            }
            output.append(contentsOf: bytes[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        default: "\\u00\(Hex.encode([byte]))"
        }
    }
}
