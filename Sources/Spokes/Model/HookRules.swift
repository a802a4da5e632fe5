import Core
public import Ports

/// How a provider sends events: the part `hooks` of its spoke file.
struct HookRules: Sendable {
    /// The question by which the provider proves an address, once.
    let challengeHeader: String
    let challengeMember: String
    /// JSON Pointer to the list of events in a delivery; empty for the body itself.
    let events: String
    /// The key of the stream that lists the same events.
    let stream: String
    /// Outputs of that stream: what an event is known by, when it happened, and what happened.
    let id: String
    let published: String
    let type: String
    let compare: Compare

    /// How the stream is asked for what should have been sent.
    struct Compare: Sendable {
        /// Its inputs for the first and the last moment.
        let since: String
        let until: String
        /// Its input that bounds it to types of events, and how long that may be.
        let filter: String
        let filterMost: Int
        /// The condition for one type, and what stands between two.
        let each: Template
        let join: String
    }

    /// One event by the stream's outputs; nil where one of the three is no such thing.
    func event(_ outputs: JSON) -> HookEvent? {
        guard let id = outputs[id]?.string, (1...Limits.hookEventID.value).contains(id.utf8.count),
            let published = outputs[published]?.string.flatMap(Timestamp.init(rfc3339:)),
            let type = outputs[type]?.string, (1...Limits.hookEventType.value).contains(type.utf8.count)
        else { return nil }
        return HookEvent(id: id, published: published, type: type, event: outputs)
    }
}

extension HookRules.Compare {
    /// The inputs of as few reads as the filter's length allows.
    func inputs(_ types: [String], _ first: Timestamp, _ last: Timestamp) -> [JSONObject] {
        var filters: [String] = []
        for condition in types.compactMap({ each.filled(["type": .string($0)]) { $0 } }) {
            let longer = filters.last.map { $0 + join + condition }
            if let longer, longer.utf8.count <= filterMost {
                filters[filters.count - 1] = longer
            } else {
                filters.append(condition)
            }
        }
        return filters.map { text in
            [since: .string(first.rfc3339), until: .string(last.rfc3339), filter: .string(text)]
        }
    }
}

extension Spoke {
    /// The same for whoever takes events in; nil where the file does not say.
    var hookProtocol: HookProtocol? {
        guard let hooks, let kind = action(hooks.stream)?.kind as? StreamKind else { return nil }
        return HookProtocol(
            challengeHeader: hooks.challengeHeader, challengeMember: hooks.challengeMember,
            stream: ActionName(spoke: name, key: hooks.stream),
            events: { body in
                guard let items = body.value(at: hooks.events)?.array else { return nil }
                let events = items.compactMap { kind.output.pick(from: $0).flatMap(hooks.event) }
                return events.count == items.count ? events : nil
            }, item: { hooks.event($0) }, inputs: { hooks.compare.inputs($0, $1, $2) })
    }
}

extension Spokes: HookProtocols {
    public func hooks(of spoke: String) -> HookProtocol? { catalogue.spoke(spoke)?.hookProtocol }

    public var hookSpokes: [String] { catalogue.spokes.filter { $0.hooks != nil }.map(\.name) }
}
