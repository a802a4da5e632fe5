/// Leads from a path to the few routes that may be meant, without walking the whole list.
struct RouteIndex: Sendable {
    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var routes: [HubRoute] = []
    }

    private var nodes = [Node()]

    init(_ routes: [HubRoute]) {
        for route in routes {
            let place = route.pattern.pieces.reduce(0) { place, piece in step(from: place, piece) }
            nodes[place].routes.append(route)
        }
    }

    /// The routes of that many segments with these literals. Compare them as bytes still: texts that only look alike
    /// lead to the same place.
    func candidates(_ segments: [String]) -> [HubRoute] {
        var places = [0]
        for segment in segments {
            places = places.flatMap { place in
                [nodes[place].literals[segment], nodes[place].parameter].compactMap { $0 }
            }
        }
        return places.flatMap { nodes[$0].routes }
    }

    private mutating func step(from place: Int, _ piece: RoutePattern.Piece) -> Int {
        let known =
            switch piece {
            case .literal(let text): nodes[place].literals[text]
            case .parameter: nodes[place].parameter
            }
        if let known { return known }
        nodes.append(Node())
        switch piece {
        case .literal(let text): nodes[place].literals[text] = nodes.count - 1
        case .parameter: nodes[place].parameter = nodes.count - 1
        }
        return nodes.count - 1
    }
}
