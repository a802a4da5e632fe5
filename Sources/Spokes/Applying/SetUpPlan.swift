public import Core
import Keys

/// What is wanted of a set-up, beside the actions.
public struct SetUpWish: Sendable {
    /// Keys of the spoke's actions.
    public let actions: Set<String>
    /// The chosen resources, such as `group:00g…`.
    public let resources: [String]
    /// What the set-up calls the integration.
    public let name: String
    /// Where the provider sends authorization codes.
    public let redirect: String
    /// What kind of client is made: a word of `SetUp.Template`.
    let template: SetUp.Template
    /// The account that is to consent; nil where nobody does.
    public let account: String?
    /// Whether a scope counts for those that the spoke file says it implies.
    public let trustsImpliedScopes: Bool
    /// The clients whose secrets this hub holds already.
    public let sealed: Set<String>
    /// The clients that the connection has as ones of another kind.
    public let foreign: Set<String>
    /// The public half of the key that is sealed here for the client, as a JWK; nil while there is none.
    public let publicKey: JSON?

    /// States a wish.
    ///
    /// - Parameter template: one of `Spokes.templates`; another one is taken for the first.
    public init(
        actions: Set<String>, resources: [String], name: String, template: String, redirect: String, account: String?,
        trustsImpliedScopes: Bool, sealed: Set<String>, foreign: Set<String>, publicKey: JSON?
    ) {
        self.actions = actions
        self.resources = resources
        self.name = name
        self.template = SetUp.Template(rawValue: template) ?? .webApp
        self.redirect = redirect
        self.account = account
        self.trustsImpliedScopes = trustsImpliedScopes
        self.sealed = sealed
        self.foreign = foreign
        self.publicKey = publicKey
    }
}

/// What is at the provider, and what a set-up would make or change there. Equal plans have the same digest.
public struct SetUpPlan: Sendable, Equatable {
    /// What one step comes to.
    public struct Step: Sendable, Equatable {
        /// What is to be done about it.
        public enum State: String, Sendable {
            /// Nothing: it is as it shall be.
            case there
            case create
            case change
            /// It is there under the same name and is another thing: nothing is done at all.
            case differs
        }

        /// The step's name in the spoke's file.
        public let key: String
        /// What it is about.
        public let says: String
        /// What is to be done.
        public var state: State
        /// What a list lacks, in its order.
        public var adds: [String] = []
        /// What is too much in it and goes.
        public var removes: [String] = []
        /// What is too much in it and stays, because nothing is ever taken away there.
        public var left: [String] = []
        /// Where what is there differs, by JSON Pointers.
        public var differs: [String] = []
        /// Why it differs, where that is known.
        public var problem: String?
    }

    /// The step that stands for the client's secret, or its id, at this hub.
    public static let sealing = "client_credential"
    /// The step that stands for the key pair of a client that proves itself by one.
    public static let keying = "client_key"

    /// All steps, in their order.
    public let steps: [Step]
    /// What settings the client's credential gets, beside those that every set-up gives.
    public let credential: JSONObject

    /// Whether something is in the way.
    public var isBlocked: Bool { steps.contains { $0.state == .differs } }
    /// How many steps change something.
    public var changes: Int { steps.count { $0.state == .create || $0.state == .change } }
    /// Whether something of a client would be sealed here.
    public var seals: Bool {
        steps.contains { [Self.sealing, Self.keying].contains($0.key) && $0.state == .create }
    }

    /// What is handed in to have this very plan carried out: 64 hexadecimal digits.
    ///
    /// - Parameter beside: what else the plan stands and falls with.
    public func digest(beside: JSON) -> String {
        let whole: JSON = ["steps": .array(steps.map(\.json)), "beside": beside]
        return Hex.encode(Hashing.sha256(Array(whole.text(sorted: true).utf8)))
    }
}

extension SetUpPlan.Step {
    /// As answers show it.
    public var json: JSON {
        [
            "step": .string(key), "says": .string(says), "state": .string(state.rawValue), "adds": .texts(adds),
            "removes": .texts(removes), "left": .texts(left), "differs": .texts(differs),
            "problem": problem.map { .string($0) } ?? .null,
        ]
    }
}

/// How a hub keeps what makes a client.
public struct SetUpKeeper: Sendable {
    /// Makes a key pair and seals it; answers the public half as a JWK.
    let key: @Sendable () async throws -> JSON
    /// Keeps a client's id: with its secret, or beside its key where it has none.
    let client: @Sendable (_ id: String, _ secret: Secret?) async throws -> Void

    /// States it.
    public init(
        key: @escaping @Sendable () async throws -> JSON,
        client: @escaping @Sendable (_ id: String, _ secret: Secret?) async throws -> Void
    ) {
        self.key = key
        self.client = client
    }
}

/// What came of a step.
public struct SetUpOutcome: Sendable, Equatable {
    /// How it ended.
    public enum State: String, Sendable {
        case there, done, failed
        case notReached = "not_reached"
    }

    /// What was to be done when its turn came; of one that was not reached, what the preview said.
    public let step: SetUpPlan.Step
    /// How it ended.
    public let state: State
    /// The stable reason of a failure.
    public let reason: String?
    /// What went wrong, and why.
    public let problem: String?

    /// As answers show it.
    public var json: JSON {
        var members = step.json.object ?? [:]
        members["state"] = .string(state.rawValue)
        members["reason"] = reason.map { .string($0) } ?? .null
        members["problem"] = problem.map { .string($0) } ?? .null
        return .object(members)
    }
}

/// Why a step could not be read or made.
struct SetUpProblem: Error {
    let reason: String
    let says: String
}
