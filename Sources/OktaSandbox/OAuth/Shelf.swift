import Core

/// Things that end, each under a name; bounded.
struct Shelf<Item: Sendable>: Sendable {
    /// How many are kept; the one that ends first makes room.
    private let most: Int
    private var items: [String: (item: Item, until: Timestamp)] = [:]

    init(most: Int = 1_000) { self.most = most }

    /// The thing of that name; nil once it has ended.
    func item(_ name: String, at now: Timestamp) -> Item? { items[name].flatMap { now < $0.until ? $0.item : nil } }

    /// The moment that the thing ends.
    func end(_ name: String) -> Timestamp? { items[name]?.until }

    mutating func put(_ item: Item, under name: String, until end: Timestamp, at now: Timestamp) {
        if items.count >= most {
            items = items.filter { now < $0.value.until }
            let first = items.min { ($0.value.until, $0.key) < ($1.value.until, $1.key) }
            if items.count >= most, let first { items[first.key] = nil }
        }
        items[name] = (item, end)
    }

    /// The same name and end with another content.
    mutating func change(_ name: String, _ body: (inout Item) -> Void) {
        guard var kept = items[name] else { return }
        body(&kept.item)
        items[name] = kept
    }

    mutating func take(_ name: String, at now: Timestamp) -> Item? {
        defer { items[name] = nil }
        return item(name, at: now)
    }

    mutating func remove(where isGone: (Item) -> Bool) { items = items.filter { !isGone($0.value.item) } }
}
