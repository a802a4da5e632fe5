/// Names and values of an `application/x-www-form-urlencoded` text: a form body or a URL's query.
///
/// Strict: a text that two readers could understand differently is refused, never repaired.
public struct FormParameters: Sendable {
    /// One name and its value, decoded.
    public struct Pair: Sendable {
        /// The name.
        public let name: String
        /// The value; empty where there was none.
        public let value: String
    }

    /// The pairs in the order they were written, repeats too.
    public let pairs: [Pair]

    /// Reads a text; bounded by `Limits.requestBodyBytes` and `Limits.formParameters`.
    ///
    /// Refuses what is not plain ASCII without spaces, bad percent escapes, invalid UTF-8, NUL, and nameless pairs.
    public init(_ bytes: some Collection<UInt8>) throws(FormProblem) {
        let bytes = Array(bytes)
        guard bytes.count <= Limits.requestBodyBytes.value else { throw FormProblem(what: "the form is too long") }
        var pairs: [Pair] = []
        for piece in bytes.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Limits.formParameters.value else {
                throw FormProblem(what: "there are more than \(Limits.formParameters.value) parameters")
            }
            let halves = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(halves[0])
            guard !name.isEmpty else { throw FormProblem(what: "a parameter has no name") }
            pairs.append(Pair(name: name, value: halves.count == 2 ? try Self.decoded(halves[1]) : ""))
        }
        self.pairs = pairs
    }

    /// The value of a parameter that may come once; nil when it is not there, empty when it came without one.
    public func value(_ name: String) throws(FormProblem) -> String? {
        let found = pairs.filter { $0.name.isExactly(name) }
        guard found.count <= 1 else { throw FormProblem(what: "the parameter \(name) comes more than once") }
        return found.first?.value
    }

    /// Throws when a name comes twice; for protocols that forbid it of every parameter, or of all but some.
    public func refuseRepeats(but allowed: Set<String> = []) throws(FormProblem) {
        for (place, pair) in pairs.enumerated()
        where pairs[..<place].contains(where: { $0.name.isExactly(pair.name) }) && !allowed.contains(pair.name) {
            throw FormProblem(what: "a parameter comes more than once")
        }
    }

    /// One name or value: `+` is a space, `%41` is a byte, all bytes together are UTF-8.
    public static func decoded(_ bytes: some Collection<UInt8>) throws(FormProblem) -> String {
        try decoded(Array(bytes)[...])
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(FormProblem) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var isASCII = true
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(Hex.digit), let low = rest.next().flatMap(Hex.digit) else {
                    throw FormProblem(what: "a percent escape is not % and two hexadecimal digits")
                }
                guard high << 4 | low != 0 else { throw FormProblem(what: "a value holds NUL") }
                isASCII = isASCII && high < 8
                decoded.append(high << 4 | low)
            case 0x21...0x7E: decoded.append(byte)
            default: throw FormProblem(what: "a character is not percent-encoded")
            }
        }
        if isASCII { return String(decoding: decoded, as: UTF8.self) }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw FormProblem(what: "a value is not UTF-8")
        }
        return text
    }
}

/// Why a form was refused. Quotes no name and no value that was sent.
public struct FormProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as the middle of a sentence.
    public let what: String
    public var description: String { what }
}
