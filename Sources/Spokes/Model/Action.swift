import Core
import Ports

/// One typed operation of a spoke.
struct Action: Sendable {
    /// Whether and how it takes something away.
    enum Destructive: String, CaseIterable, Sendable { case no, reversible, permanent }

    /// A right at the provider that it needs beyond its scopes, how well we know it, and from where.
    struct Permission: Sendable {
        enum Basis: String, CaseIterable, Sendable { case proved, inferred }
        /// What has to be given.
        enum Right: Sendable, Hashable {
            /// A permission of a role of one's own.
            case permission(String)
            /// No permission gives it: the least standard role that does. What else it gives is residual reach.
            case standardRole(String)
        }
        let right: Right
        let basis: Basis
        /// The document that says so, or from which it was inferred.
        let source: String
    }

    /// Another action that shows whether this one happened.
    struct LookUp: Sendable {
        let action: String
        /// The other action's inputs, by the names of this one's.
        let with: [(input: String, from: String)]
        /// It happened if the other's output of this name has this value.
        let output: String
        let equals: JSON
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

    /// An outcome without the values that nobody may read again.
    func masked(_ outcome: ActionOutcome) -> ActionOutcome {
        guard case .done(let output) = outcome, var object = output.object else { return outcome }
        for field in kind.fields where field.isSensitive && object[field.name] != nil {
            object[field.name] = .string(Sensitive.shown)
        }
        return .done(.object(object))
    }
}
