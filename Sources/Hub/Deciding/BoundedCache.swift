/// At most so many values; those not asked for lately leave first.
///
/// Two halves: what is put or asked for goes into the young one. When that is full it becomes the old one, and the old
/// one is forgotten. So a flood of keys that nobody asks for twice pushes out only what nobody asked for meanwhile.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let half: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(most: Int) { half = max(1, most / 2) }

    /// How many there are.
    var count: Int { young.count + old.keys.count { young[$0] == nil } }

    mutating func find(_ key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old[key] else { return nil }
        put(value, for: key)
        return value
    }

    mutating func put(_ value: Value, for key: Key) {
        if young.count >= half, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
