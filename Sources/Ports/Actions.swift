public import Core

/// An action's full name: spoke and action key, `okta.suspend_user`.
public struct ActionName: Hashable, Sendable, CustomStringConvertible {
    /// The spoke.
    public let spoke: String
    /// The action's key in the spoke file.
    public let key: String

    /// Names an action.
    public init(spoke: String, key: String) {
        self.spoke = spoke
        self.key = key
    }

    /// Reads `spoke.key`; nil if it is not of that form.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(spoke: String(parts[0]), key: String(parts[1]))
    }

    public var description: String { "\(spoke).\(key)" }
}

/// How an action may be repeated when its outcome is unknown.
public enum Repeat: String, Sendable, CaseIterable {
    /// Doing it twice is the same as doing it once.
    case safe
    /// Look whether it happened (`ActionRunning.lookUp`), then decide.
    case lookUp = "look-up"
    /// Only a person can decide.
    case ask
}

/// What others need to know of an action.
public struct ActionDescription: Sendable {
    /// The full name.
    public let action: ActionName
    /// The title, as pages show it: `Suspend User`.
    public let title: String
    /// How it may be repeated.
    public let `repeat`: Repeat
    /// Whether it answers a list under `items`.
    public let isStream: Bool
    /// Input names that must be given, and all that may be.
    public let required: Set<String>
    /// All input names.
    public let inputs: Set<String>
    /// The names of what it answers; of a stream, those of each item. Nil when they are not known.
    public let outputs: Set<String>?
    /// Inputs whose values are kept out of journals, logs and answers.
    public let sensitiveInputs: Set<String>
    /// The same of what it answers.
    public let sensitiveOutputs: Set<String>
    /// Whether it takes something away, for good or until somebody brings it back.
    public let isDestructive: Bool

    /// Describes an action.
    public init(
        action: ActionName, title: String, repeat: Repeat, isStream: Bool, required: Set<String>, inputs: Set<String>,
        outputs: Set<String>? = nil, sensitiveInputs: Set<String> = [], sensitiveOutputs: Set<String> = [],
        isDestructive: Bool = false
    ) {
        self.isDestructive = isDestructive
        self.sensitiveInputs = sensitiveInputs
        self.sensitiveOutputs = sensitiveOutputs
        self.action = action
        self.title = title
        self.repeat = `repeat`
        self.isStream = isStream
        self.required = required
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// One wish to run an action.
public struct ActionCall: Sendable {
    /// Which action.
    public let action: ActionName
    /// Through which alias; never a connection.
    public let alias: String
    /// Its inputs.
    public let input: JSONObject
    /// For a stream: at most this many items; nil for the bound of `Limits`.
    public let most: Int?
    /// The execution and step it belongs to, for the log; empty outside flows.
    public let execution: String
    /// Who, when, under which correlation id.
    public let cause: Cause
    /// 1 for the first time, 2 after the first `later`; what a poll counts its turns by.
    public let turn: Int
    /// The approval that was made for this call; nil when there is none.
    public let approval: Approval?

    /// States a wish.
    public init(
        action: ActionName, alias: String, input: JSONObject, most: Int?, execution: String, cause: Cause,
        turn: Int = 1, approval: Approval? = nil
    ) {
        self.approval = approval
        self.turn = turn
        self.action = action
        self.alias = alias
        self.input = input
        self.most = most
        self.execution = execution
        self.cause = cause
    }
}

/// How a run of an action ended. Failures are values: a flow decides on them.
public enum ActionOutcome: Sendable, Equatable {
    /// Done; for a stream `{"items": […], "count": n}`.
    case done(JSON)
    /// The gate refused; nothing was sent.
    case refused(reason: String, says: String)
    /// It did not happen, or the provider refused it.
    case failed(reason: String, says: String)
    /// The request may have arrived and the outcome is unknown.
    case unknown(reason: String, says: String)
    /// Nothing happened yet, and the same call may be made again from that moment on: the provider's rate limit is
    /// reached, or what a poll waits for is not so yet. Whoever called decides how often; nobody slept.
    case later(reason: String, says: String, until: Timestamp)
}

extension ActionOutcome {
    /// The stable reason code; empty for what is done.
    public var reason: String {
        switch self {
        case .done: ""
        case .refused(let reason, _), .failed(let reason, _), .unknown(let reason, _), .later(let reason, _, _): reason
        }
    }

    /// The sentence; empty for what is done.
    public var says: String {
        switch self {
        case .done: ""
        case .refused(_, let says), .failed(_, let says), .unknown(_, let says), .later(_, let says, _): says
        }
    }

    /// Why something failed that may go well later, with nothing changed here: the other side was away, out of order or
    /// overrun. All other reasons are an answer, such as that there is no such user, and the same call gets it again.
    public static let passing: Set<String> = [
        "unreachable", "host_not_found", "tls_failed", "outbound_busy", "not_sent", "connection_broken", "timed_out",
        "provider_unavailable", "rate_limited", "refusal_not_kept", "reply_not_json", "repeated_cursor",
    ]
}

/// Knows every action of every loaded spoke.
public protocol ActionCatalogue: Sendable {
    /// What is known of an action; nil if no spoke has it.
    func describe(_ action: ActionName) -> ActionDescription?
    /// All actions of a spoke by key; nil if there is no such spoke.
    func actions(of spoke: String) -> [ActionDescription]?
    /// The kinds of credential that a spoke takes; nil if there is no such spoke.
    func credentialKinds(of spoke: String) -> Set<String>?
    /// Where a spoke's provider issues tokens, and how; nil if its file does not say.
    func oauthTemplate(of spoke: String) -> OAuthTemplate?
    /// What a person does at the provider to rotate a secret of that kind; nil if the spoke's file does not say.
    func rotationGuide(of spoke: String, credentialKind: String) -> RotationGuide?
}

/// What a client proves itself with, of what its provider's API can change.
public enum ClientProof: String, Sendable, CaseIterable {
    /// A text that both know; the provider makes it.
    case secret
    /// A key pair; the hub makes it, and the provider gets the public half.
    case key
}

/// What a person does at a provider while a secret is rotated.
public struct RotationGuide: Sendable, Equatable {
    /// How a further secret is made, beside the one in use.
    public let add: String
    /// How the old one is taken back.
    public let retire: String
    /// For which of them the provider's API does both, so that nobody has to.
    public let byItself: Set<ClientProof>

    /// States it.
    public init(add: String, retire: String, byItself: Set<ClientProof> = []) {
        self.add = add
        self.retire = retire
        self.byItself = byItself
    }
}

extension ActionCatalogue {
    /// Nothing is said.
    public func rotationGuide(of spoke: String, credentialKind: String) -> RotationGuide? { nil }
    /// None.
    public func oauthTemplate(of spoke: String) -> OAuthTemplate? {
        nil
    }
}

/// Runs actions: gate, alias, connection, credential, encoding, the outside, log.
public protocol ActionRunning: Sendable {
    /// Whether the gate lets it pass now; nil if it does. Nothing is sent either way.
    ///
    /// A refusal gets its row in the log; the caller audits it with its own change, in one transaction.
    func gate(_ call: ActionCall) async throws -> ActionOutcome?
    /// Runs it. Refusals by the gate are audited. Never throws for what the outside does.
    func run(_ call: ActionCall) async throws -> ActionOutcome
    /// Looks whether a call whose outcome is unknown happened, where its action says `look-up`.
    ///
    /// `done`: it happened. `failed` with `did_not_happen`: it did not, and may be sent again. `unknown`: the look
    /// itself had no answer; it may be tried again later. `refused`: the gate lets no look pass. Nil: there is no
    /// look-up. In both only a person can decide.
    func lookUp(_ call: ActionCall) async throws -> ActionOutcome?
    /// Where the calls of an alias would go now: what an approval of them shows, and holds them to. Nil where the alias
    /// leads nowhere.
    func target(alias: String) async throws -> CallTarget?
}

extension ActionRunning {
    /// Nowhere.
    public func target(alias: String) async throws -> CallTarget? { nil }
    /// Can't tell.
    public func lookUp(_ call: ActionCall) async throws -> ActionOutcome? { nil }
}

/// What an alias leads to at this moment.
public struct ResolvedConnection: Sendable {
    /// The connection.
    public let id: ConnectionID
    /// Its name.
    public let name: String
    /// The spoke it is for.
    public let spoke: String
    /// The base URL without a trailing slash.
    public let url: String
    /// Keys of the actions it enables.
    public let actions: Set<String>
    /// Whether plain `http://` to loopback is allowed.
    public let allowsLoopbackHTTP: Bool
    /// Whether its destructive actions need a second person's approval.
    public let needsApproval: Bool
    /// Calls a minute that it allows; nil where it sets no bound of its own.
    public let callsPerMinute: Int64?
    /// The credentials that may be used now, in the order in which they are tried. Never empty.
    public let credentials: [ResolvedCredential]
    /// How its calls travel.
    public let passage: Passage

    /// States what an alias leads to.
    public init(
        id: ConnectionID, name: String, spoke: String, url: String, actions: Set<String>, allowsLoopbackHTTP: Bool,
        needsApproval: Bool = false, callsPerMinute: Int64? = nil, credentials: [ResolvedCredential], passage: Passage
    ) {
        self.needsApproval = needsApproval
        self.callsPerMinute = callsPerMinute
        self.passage = passage
        self.id = id
        self.name = name
        self.spoke = spoke
        self.url = url
        self.actions = actions
        self.allowsLoopbackHTTP = allowsLoopbackHTTP
        self.credentials = credentials
    }

    /// Where its calls go.
    public var target: CallTarget { CallTarget(id: id, name: name, url: url) }
}

/// What led to a change that a flow makes. It goes along with the change, so that what the change starts knows it.
public struct Lineage: Sendable, Equatable {
    /// The names of the flows that led here, the one that makes the change too; none of them starts from it again.
    public let chain: [String]
    /// The people and clients behind it (`Actor.identities`); none of them may approve what it starts.
    public let origins: [String]

    /// States what led to a change.
    public init(chain: [String], origins: [String]) {
        self.chain = chain
        self.origins = origins
    }
}
