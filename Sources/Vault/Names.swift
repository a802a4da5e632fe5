import Core
import Ports

/// Names of configuration rows, and texts that compare as bytes.
enum Names {
    /// A name as it may be given: letters, digits, `.`, `_` and `-`, starting with a letter or digit.
    ///
    /// 32 hexadecimal digits are refused, because a name is accepted wherever an id is.
    static func check(_ name: String) throws -> String {
        let bytes = Array(name.utf8)
        let plain = bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
        guard let first = bytes.first, isAlphanumeric(first), plain, bytes.count <= Limits.nameField.value,
            !(bytes.count == 32 && Hex.decode(name) != nil)
        else {
            throw HubError(
                .invalid, "bad_name",
                "\"name\" must have 1 to \(Limits.nameField.value) letters, digits, dots, underscores or hyphens, "
                    + "start with a letter or digit, and not look like an id.")
        }
        return name
    }

    /// Whether one stands before the other, by their bytes.
    static func precede(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    static func taken(_ noun: String, _ name: String) -> HubError {
        HubError(
            .conflict, "name_taken",
            "There is already \(noun == "alias" ? "an" : "a") \(noun) \(Shown.name(name)). Choose another name.")
    }

    static func unknown(_ noun: String, _ name: String) -> HubError {
        HubError(
            .notFound, "unknown_\(noun)",
            "There is no \(noun) \"\(Shown.name(name))\". See: linchpin \(noun) list")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension Field {
    static let name = Field.required("name", .text(most: Limits.nameField.value), "A unique name.")
    static let newName = Field.optional("name", .text(most: Limits.nameField.value), "Another unique name.")
    static let application = Field.optional(
        "application", .text(most: Limits.nameField.value), "The application it belongs to; `global` if not given.")
}
