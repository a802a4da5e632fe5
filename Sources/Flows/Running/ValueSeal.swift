import Core
import Keys
import Ports

/// Keeps sensitive values sealed from the moment they come in until the call that needs them: the journal, the trigger
/// and everything between them hold the sealed text only.
struct ValueSeal: Sendable {
    /// What a sealed value begins with. Nobody sees one: it is shown as `Sensitive.shown`.
    private static let mark = "sealed:v1:"
    private static let purpose = Array("a flow's sensitive value, version 1".utf8)

    private let key: Secret
    private let effects: Effects

    /// - Parameter key: 32 bytes.
    init(key: Secret, effects: Effects) {
        self.key = key
        self.effects = effects
    }

    static func isSealed(_ value: JSON) -> Bool { value.string?.hasPrefix(mark) ?? false }

    /// Seals the members of those names; null and what is missing stay as they are.
    func seal(_ names: Set<String>, in object: JSONObject) throws -> JSONObject {
        try changed(names, in: object) { value in
            guard value != .null else { return value }
            let bytes = try SealingKey(key).seal(
                Secret(value.bytes), nonce: effects.randomBytes(SealingKey.nonceBytes), associated: Self.purpose)
            return .string(Self.mark + Base64URL.encode(bytes))
        }
    }

    /// Opens the members of those names that are sealed.
    func open(_ names: Set<String>, in object: JSONObject) throws -> JSONObject {
        try changed(names, in: object) { value in
            guard Self.isSealed(value), let text = value.string,
                let bytes = Base64URL.decode(String(text.dropFirst(Self.mark.count)))
            else { return value }
            return try SealingKey(key).open(bytes, associated: Self.purpose).reveal { try JSON.read($0) }
        }
    }

    private func changed(
        _ names: Set<String>, in object: JSONObject, _ change: (JSON) throws -> JSON
    ) throws -> JSONObject {
        guard !names.isEmpty else { return object }
        var result = object
        for name in names.sorted() {
            if let value = object[name] { result[name] = try change(value) }
        }
        return result
    }
}
