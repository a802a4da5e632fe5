import Core

/// Which role contains which, as pairs; pure.
struct RoleGraph {
    enum Problem: Equatable {
        /// The role would contain itself.
        case cycle
        /// The longest chain through the new pair would have more than `Limits.roleDepth` steps.
        case tooDeep
    }

    private var below: [RoleID: [RoleID]] = [:]
    private var above: [RoleID: [RoleID]] = [:]

    init(_ pairs: [(role: RoleID, contains: RoleID)]) {
        for pair in pairs {
            below[pair.role, default: []].append(pair.contains)
            above[pair.contains, default: []].append(pair.role)
        }
    }

    /// What is wrong with one more pair; nil when it may be made. The pairs so far are without cycle.
    func problem(adding role: RoleID, contains: RoleID, depth: Int = Limits.roleDepth.value) -> Problem? {
        var heights: [RoleID: Int] = [:]
        let down = Self.height(contains, along: below, &heights)
        if role == contains || heights[role] != nil { return .cycle }
        var rises: [RoleID: Int] = [:]
        let up = Self.height(role, along: above, &rises)
        return up + 1 + down > depth ? .tooDeep : nil
    }

    /// Steps of the longest way from here; each role is measured once, so that it stays linear.
    private static func height(_ role: RoleID, along edges: [RoleID: [RoleID]], _ known: inout [RoleID: Int]) -> Int {
        if let height = known[role] { return height }
        known[role] = 0
        var longest = 0
        for next in edges[role] ?? [] { longest = max(longest, 1 + height(next, along: edges, &known)) }
        known[role] = longest
        return longest
    }
}
