import Core

enum GroupKind {}
enum RoleKind {}
enum GrantKind {}
typealias GroupID = ID<GroupKind>
typealias RoleID = ID<RoleKind>
typealias GrantID = ID<GrantKind>

/// Names of users, groups and roles: ASCII, so that they compare as bytes and fold in one way.
enum Names {
    /// Throws unless the name is 1 to 100 letters, digits, `.`, `_`, `-` or `@`, and cannot be taken for an id.
    static func check(_ name: String) throws {
        let bytes = Array(name.utf8)
        guard (1...Limits.nameField.value).contains(bytes.count), bytes.allSatisfy(isAllowed) else {
            throw HubError(
                .invalid, "bad_name",
                "\"name\" must be 1 to \(Limits.nameField.value) letters, digits, dots, underscores, hyphens or @. "
                    + "Choose another name.")
        }
        // A name is taken wherever an id is: it must not be somebody else's id.
        guard !(bytes.count == 32 && Hex.decode(folded(name)) != nil) else {
            throw HubError(
                .invalid, "name_like_id", "\"name\" must not look like an id (32 hexadecimal digits). Choose another.")
        }
    }

    /// What makes two names clash: the name in lower case.
    static func folded(_ name: String) -> String { name.lowercased() }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@")].contains(byte)
        }
    }

    static func taken(_ kind: String) -> HubError {
        HubError(
            .conflict, "name_taken",
            "A \(kind) of that name exists; upper and lower case count as the same. Choose another name.")
    }

    /// For a user, a group or a role; the kinds are also the words of the command line.
    static func unknown(_ kind: String, _ reference: String) -> HubError {
        HubError(
            .notFound, "unknown_\(kind)",
            "There is no \(kind) \"\(Shown.name(reference))\". See: linchpin \(kind) list")
    }

    /// `application` as it was sent, `global` when it was not.
    static func application(_ text: String?) throws -> String {
        guard let text else { return "global" }
        let bytes = Array(text.utf8)
        guard (1...Limits.nameField.value).contains(bytes.count), bytes.allSatisfy(isAllowed) else {
            throw HubError(
                .invalid, "bad_application",
                "\"application\" must be 1 to \(Limits.nameField.value) letters, digits, dots, underscores, hyphens "
                    + "or @. Send such a name, or leave it out.")
        }
        return text
    }
}
