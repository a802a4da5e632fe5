import Core
import X509

/// A distinguished name so that two can be compared: of a certificate, or out of the text that stands for one
/// (RFC 4514 §3).
///
/// Deviation: values are compared byte for byte, where RFC 5280 §7.1 has them folded. A stricter reader takes no name
/// for another's.
struct DistinguishedNameText: Sendable, Equatable {
    private struct Attribute: Hashable {
        /// In digits and dots.
        let type: String
        let value: [UInt8]
    }

    /// In the certificate's order, which is the text's from its end. The values of one part have no order.
    private let parts: [Set<Attribute>]

    /// Nil when a value is no text, such as one in an encoding of long ago.
    init?(_ name: DistinguishedName) {
        var parts: [Set<Attribute>] = []
        for part in name {
            var found: Set<Attribute> = []
            for attribute in part {
                guard let value = String(attribute.value) else { return nil }
                found.insert(Attribute(type: String(describing: attribute.type), value: Array(value.utf8)))
            }
            parts.append(found)
        }
        self.parts = parts
    }

    /// Nil when the text is not of the form `CN=…,O=…`; strict, so that what is registered is what was meant.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        var parts: [Set<Attribute>] = [[]]
        while true {
            guard let type = Self.type(&rest), let value = Self.value(&rest) else { return nil }
            parts[parts.count - 1].insert(Attribute(type: type, value: value))
            switch rest.popFirst() {
            case nil:
                self.parts = parts.reversed()
                return
            case UInt8(ascii: ","): parts.append([])
            default: continue
            }
        }
    }

    /// RFC 4514 §3, and what openssl writes beside it.
    private static let types = [
        "CN": "2.5.4.3", "L": "2.5.4.7", "ST": "2.5.4.8", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6",
        "STREET": "2.5.4.9", "DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1",
        "SERIALNUMBER": "2.5.4.5", "EMAILADDRESS": "1.2.840.113549.1.9.1", "E": "1.2.840.113549.1.9.1",
    ]

    private static func type(_ rest: inout ArraySlice<UInt8>) -> String? {
        let name = rest.prefix { $0 != UInt8(ascii: "=") }
        rest = rest.dropFirst(name.count)
        guard rest.popFirst() != nil, let text = String(validating: name, as: UTF8.self) else { return nil }
        if let known = types[text.uppercased()] { return known }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDotted =
            numbers.count > 1 && numbers.allSatisfy { number in UInt(number).map(String.init) == String(number) }
        return isDotted ? text : nil
    }

    /// Up to `,` or `+` (RFC 4514 §2.4, §3).
    private static func value(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let (space, hash) = (UInt8(ascii: " "), UInt8(ascii: "#"))
        guard let first = rest.first, first != space, first != hash else { return nil }
        var value: [UInt8] = []
        var endsBare = false
        while let byte = rest.first, byte != UInt8(ascii: ","), byte != UInt8(ascii: "+") {
            rest = rest.dropFirst()
            endsBare = byte == space
            if byte == UInt8(ascii: "\\") {
                guard let escaped = escaped(&rest) else { return nil }
                value.append(escaped)
            } else if byte == 0 || "\";<>".utf8.contains(byte) {
                return nil
            } else {
                value.append(byte)
            }
        }
        guard !value.isEmpty, !endsBare, String(validating: value, as: UTF8.self) != nil else { return nil }
        return value
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.popFirst() else { return nil }
        if " \"#+,;<=>\\".utf8.contains(first) { return first }
        guard let high = Hex.digit(first), let low = rest.popFirst().flatMap(Hex.digit) else { return nil }
        return high << 4 | low
    }
}
