/// Bars of what was allowed, and of what was refused on top, in a drawing 96 high.
struct Chart: Sendable {
    struct Bar: Sendable {
        let kind: String
        let x: Int
        let y: Int
        let width: Int
        let height: Int
        let says: String
    }

    let width: Int
    let bars: [Bar]
    let says: String
    let from: String
    let to: String

    private static let (step, thickness, height) = (10, 8, 92)

    init(_ counts: [(allowed: Int, refused: Int)], from: String, to: String) {
        let most = max(1, counts.map { $0.allowed + $0.refused }.max() ?? 1)
        width = counts.count * Self.step
        bars = counts.enumerated().flatMap { place, count -> [Bar] in
            let allowed = count.allowed * Self.height / most
            let refused = count.refused == 0 ? 0 : max(2, count.refused * Self.height / most)
            let says = "\(count.allowed) allowed, \(count.refused) refused"
            return [
                Bar(
                    kind: "allowed", x: place * Self.step, y: 95 - allowed, width: Self.thickness, height: allowed,
                    says: says),
                Bar(
                    kind: "refused", x: place * Self.step, y: max(0, 95 - allowed - refused), width: Self.thickness,
                    height: refused, says: says),
            ].filter { $0.height > 0 }
        }
        says = "at most \(most) a minute"
        self.from = from
        self.to = to
    }
}
