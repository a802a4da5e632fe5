import Core
import Documents
import Ports

/// A list over several pages, read no further than is wanted; with a kept place it goes on where its reader ended.
struct StreamKind: ActionKind {
    static let word = "stream"
    static let isStream = true
    static let onlyReads = true
    let pages: Pages
    let output: OutputMapping
    /// What an item is known by: one that comes again is left out. Nil when items do not come twice.
    let unique: String?
    /// How its reader's place is kept; nil when none is.
    let place: PlaceRule?

    init(_ map: inout MapReader) throws(DocumentProblem) {
        pages = try Pages(&map)
        unique = try map.optionalPointer("unique")
        place = try PlaceRule(&map)
        output = try OutputMapping(&map)
        if place != nil, pages.end != .emptyPage {
            throw map.mustBe("place", "left out unless the stream ends at an empty_page")
        }
    }

    var fields: [OutputMapping.Field] { output.fields }
    var inputs: Set<String> { place.map { [$0.reader] } ?? [] }

    func problem(with input: JSONObject) -> String? {
        guard let place, input[place.reader] != nil else { return nil }
        return place.without.first { input[$0] != nil }.map {
            "can't take input \"\($0)\" together with \"\(place.reader)\": a reader goes on for good."
        }
    }

    func run(_ run: ActionRun) async -> ActionOutcome {
        guard let place, let reader = run.call.input[place.reader]?.string, let places = run.places else {
            return await list(run)
        }
        return await PlacedReading(stream: self, places: places, reader: reader, run: run).outcome()
    }

    /// The whole list, or its first items where the caller bounds it.
    private func list(_ run: ActionRun) async -> ActionOutcome {
        let most = min(max(run.call.most ?? Limits.streamItems.value, 0), Limits.streamItems.value)
        var gathered = Gathered()
        let ended = await pages.walk(run, from: nil, read: read) { page in
            let items = gathered.unseen(page.items)
            let room = most - gathered.items.count
            gathered.add(items.prefix(room))
            guard gathered.items.count >= most else { return nil }
            let isCut = items.count > room || (page.next != nil && (pages.end == .lastLink || !page.items.isEmpty))
            // A list that the caller bounded is cut there; one that only our own bound would cut is a failure, not a lie.
            return isCut && run.call.most == nil ? Pages.tooMany(run) : gathered.outcome(isCut: isCut)
        }
        return ended ?? gathered.outcome(isCut: false)
    }

    /// The outputs of an item; with what it is known by under the empty name, until it is gathered.
    func read(_ item: JSON) -> JSON? {
        guard let picked = output.pick(from: item)?.object else { return nil }
        guard let unique else { return .object(picked) }
        guard let identity = item.value(at: unique) else { return nil }
        var marked = picked
        marked[Gathered.identity] = identity
        return .object(marked)
    }
}

/// The items of a stream so far.
struct Gathered {
    /// No output has this name.
    static let identity = ""

    private(set) var items: [JSON] = []
    private(set) var pages = 0
    private(set) var bytes = 0
    private var seen: Set<String> = []

    /// Those that did not come before, without their mark.
    mutating func unseen(_ page: [JSON]) -> [JSON] {
        page.compactMap { item in
            guard var object = item.object, let identity = object[Self.identity] else { return item }
            guard seen.insert(identity.text()).inserted else { return nil }
            object[Self.identity] = nil
            return .object(object)
        }
    }

    mutating func add(_ page: some Sequence<JSON>) {
        pages += 1
        for item in page {
            items.append(item)
            bytes += item.bytes.count + 1
        }
    }

    func outcome(isCut: Bool) -> ActionOutcome {
        var result: JSONObject = [
            "items": .array(items), "count": .int(Int64(items.count)), "pages": .int(Int64(pages)),
        ]
        if isCut { result["more"] = true }
        return .done(.object(result))
    }
}
