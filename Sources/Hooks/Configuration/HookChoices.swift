import Core
import Ports

/// What may be chosen for a hook.
enum HookChoices {
    static let standardHeader = "x-linchpin-hook"

    /// A name as flow files spell names, since they name hooks: a lowercase letter, then up to 39 more characters.
    static func name(_ text: String) throws -> String {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 40,
            text.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else {
            throw HubError(
                .invalid, "bad_name",
                "\"name\" must be a lowercase letter, then up to 39 lowercase letters, digits, - or _.")
        }
        guard Hex.decode(text) == nil || text.utf8.count != 32 else {
            throw HubError(.invalid, "bad_name", "\"name\" must not look like an id.")
        }
        return text
    }

    static func spoke(_ name: String, _ protocols: any HookProtocols) throws -> String {
        guard protocols.hooks(of: name) != nil else {
            let known = protocols.hookSpokes.joined(separator: ", ")
            throw HubError(
                .invalid, "no_hooks",
                "Spoke \"\(Shown.name(name))\" does not say how its system sends events. These do: \(known).")
        }
        return name
    }

    /// Headers that mean something else on the way, so that no secret stands there.
    private static let taken: Set<String> = [
        "authorization", "connection", "content-encoding", "content-length", "content-type", "cookie", "date", "expect",
        "forwarded", "host", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
        "user-agent", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-http-method-override",
    ]

    static func header(_ text: String) throws -> String {
        let name = text.lowercased()
        guard !name.isEmpty, name.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }),
            !taken.contains(name)
        else {
            throw HubError(
                .invalid, "bad_header",
                "\"header\" must be letters, digits and hyphens, and no header that means something by itself. "
                    + "Take \(standardHeader).")
        }
        return name
    }

    /// Each once, in their order. They stand inside a condition for the provider, so nothing may end it.
    static func types(_ given: [String]) throws -> [String] {
        var known: Set<String> = []
        for type in given {
            let isPlain = type.utf8.allSatisfy {
                isLetter($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
            }
            guard isPlain, (1...Limits.hookEventType.value).contains(type.utf8.count) else {
                throw HubError(
                    .invalid, "bad_type",
                    "\"types\" must list names such as user.lifecycle.create: letters, digits, dots, colons, _ and -.")
            }
            known.insert(type)
        }
        return given.filter { known.remove($0) != nil }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
