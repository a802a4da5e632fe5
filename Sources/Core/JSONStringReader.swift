extension JSONReader {
    /// Reads a string (RFC 8259 §7) that starts at its opening quote.
    mutating func string() throws(JSONProblem) -> String {
        position += 1
        var text: [UInt8] = []
        var bits: UInt8 = 0
        while true {
            let plain = takePlain(&bits)
            guard position < bytes.count else { throw JSONProblem(offset: position, what: "a text is not closed") }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                // Most are ASCII without an escape: they are taken as they stand, and nothing can be wrong with them.
                if text.isEmpty, bits < 0x80 { return String(decoding: bytes[plain], as: UTF8.self) }
                text.append(contentsOf: bytes[plain])
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONProblem(offset: position, what: "invalid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[plain])
                text.append(contentsOf: try escape())
            default:
                throw JSONProblem(offset: position - 1, what: "a control character must be escaped")
            }
        }
    }

    /// Moves over the bytes that mean themselves and says where they stand; `bits` gets each bit that one of them has.
    private mutating func takePlain(_ bits: inout UInt8) -> Range<Int> {
        let start = position
        while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\")
        {
            bits |= bytes[position]
            position += 1
        }
        return start..<position
    }

    private mutating func escape() throws(JSONProblem) -> [UInt8] {
        guard position < bytes.count else { throw JSONProblem(offset: position, what: "a text is not closed") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicode()
        default: throw JSONProblem(offset: position - 1, what: "an unknown escape")
        }
    }

    private mutating func unicode() throws(JSONProblem) -> [UInt8] {
        let high = try hex4()
        var scalar = UInt32(high)
        if (0xD800..<0xDC00).contains(high) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONProblem(offset: position, what: "half a surrogate pair") }
            position += 2
            let low = try hex4()
            guard (0xDC00..<0xE000).contains(low) else {
                throw JSONProblem(offset: position, what: "half a surrogate pair")
            }
            scalar = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        }
        guard scalar != 0 else { throw JSONProblem(offset: position, what: "U+0000 is not accepted") }
        guard let unicode = Unicode.Scalar(scalar) else {
            throw JSONProblem(offset: position, what: "half a surrogate pair")
        }
        return Array(String(unicode).utf8)
    }

    private mutating func hex4() throws(JSONProblem) -> UInt16 {
        guard position + 4 <= bytes.count else { throw JSONProblem(offset: position, what: "a text is not closed") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw JSONProblem(offset: position, what: "four hexadecimal digits must follow \\u")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
