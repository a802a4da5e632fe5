/// A JSON value (RFC 8259 §2), as our strict reader accepts it.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case int(Int64)
    /// Any other number; always finite.
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// Members in the order they were written; names are unique as bytes.
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    /// One name and its value.
    public struct Member: Sendable {
        /// The name.
        public let name: String
        /// The value.
        public var value: JSON

        /// A name and its value.
        public init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The members, in order.
    public private(set) var members: [Member] = []

    /// An object without members.
    public init() {}

    /// An object from a literal; a name that comes twice keeps its last value.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// Members that are known to have different names.
    public init(unique members: [Member]) { self.members = members }

    /// The value of that name; nil when there is none. Setting nil removes it.
    public subscript(name: String) -> JSON? {
        get { index(of: name).map { members[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    private func index(of name: String) -> Int? { members.firstIndex { $0.name.isExactly(name) } }
}

extension JSONObject: Equatable {
    /// Equal members, whatever their order.
    public static func == (left: Self, right: Self) -> Bool {
        left.members.count == right.members.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }
}

extension JSON {
    /// The text, if this is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The whole number, if this is one.
    public var int: Int64? { if case .int(let value) = self { value } else { nil } }
    /// The truth value, if this is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The items, if this is an array.
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    /// The members, if this is an object.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The items, if this is an array that holds texts alone.
    public var texts: [String]? {
        guard let items = array else { return nil }
        let texts = items.compactMap(\.string)
        return texts.count == items.count ? texts : nil
    }
    /// An array of texts.
    public static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
    /// The member of that name, if this is an object that has it.
    public subscript(name: String) -> JSON? { object?[name] }

    /// What kind of value it is, for messages: `text`, `whole number`, …
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int: "whole number"
        case .double: "number"
        case .string: "text"
        case .array: "list"
        case .object: "object"
        }
    }

    /// The value that a JSON Pointer (RFC 6901 §4) leads to; nil when there is none.
    public func value(at pointer: String) -> JSON? {
        if pointer.isEmpty { return self }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var current = self
        // By bytes: a slash before a combining mark is still a slash.
        for token in pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let name = Self.unescaped(token) else { return nil }
            switch current {
            case .object(let object):
                guard let next = object[name] else { return nil }
                current = next
            case .array(let items):
                guard let index = Int(name), String(index) == name, items.indices.contains(index) else { return nil }
                current = items[index]
            default:
                return nil
            }
        }
        return current
    }

    /// RFC 6901 §3: `~1` is `/`, `~0` is `~`; nil for any other use of `~`.
    private static func unescaped(_ token: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = token[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSON {
    /// Texts are equal when their bytes are: two that merely look alike are different, as names of members are.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.int(let one), .int(let other)): one == other
        case (.double(let one), .double(let other)): one == other
        case (.string(let one), .string(let other)): one.isExactly(other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        case (.null, _), (.bool, _), (.int, _), (.double, _), (.string, _), (.array, _), (.object, _): false
        }
    }
}
