/// Leads from a path to the few routes that may be meant, without walking the whole list.
struct RouteIndex: Sendable {
    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        /// Their places in the list.
        var routes: [Int] = []
    }

    private var nodes = [Node()]

    init(_ routes: [HubRoute]) {
        for (number, route) in routes.enumerated() {
            let place = route.pattern.pieces.reduce(0) { place, piece in step(from: place, piece) }
            nodes[place].routes.append(number)
        }
    }

    /// The places in the list of the routes of that many segments with these literals. Compare them as bytes still: texts that only look alike
    /// lead to the same place.
    func candidates(_ segments: [String]) -> [Int] {
        var places = [0]
        for segment in segments {
            var next: [Int] = []
            for place in places {
                if let literal = nodes[place].literals[segment] { next.append(literal) }
                if let parameter = nodes[place].parameter { next.append(parameter) }
            }
            places = next
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
