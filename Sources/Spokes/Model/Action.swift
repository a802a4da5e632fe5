import Ports

/// One typed operation of a spoke.
struct Action: Sendable {
    /// Whether and how it takes something away.
    enum Destructive: String, CaseIterable, Sendable { case no, reversible, permanent }

    /// A right of the provider's admin roles that it needs, and how well we know it.
    struct Permission: Sendable {
        enum Basis: String, CaseIterable, Sendable { case proved, inferred }
        let name: String
        let basis: Basis
    }

    /// Another action that shows whether this one happened.
    struct LookUp: Sendable {
        let action: String
        /// The other action's inputs, by the names of this one's.
        let with: [(input: String, from: String)]
        /// It happened if the other's output of this name has this text.
        let output: String
        let equals: String
    }

    let key: String
    let name: String
    let says: String
    let kind: any ActionKind
    let request: RequestTemplate
    let input: InputSchema
    let success: Set<Int>
    let scopes: [String]
    let permissions: [Permission]
    let destructive: Destructive
    let `repeat`: Repeat
    let lookUp: LookUp?
    let reasons: [String: String]

    /// Whether a second sending does no more than the first.
    var isRepeatable: Bool { request.method == .get || `repeat` == .safe }
}
