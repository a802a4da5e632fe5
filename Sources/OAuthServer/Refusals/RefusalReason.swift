import Core
import Keys

/// Why the authorization server refuses, for the log and for administrators. Whoever asked reads a standard error.
public struct RefusalReason: Sendable, Equatable {
    /// Stable; what the log row says.
    public let code: String
    /// What happened: one sentence, which quotes nothing that was sent.
    public let says: String
    /// What to change or where to look: one sentence. NAME stands for the client.
    public let next: String
    /// The section that it rests on; empty where `says` cites it, or the rule is ours.
    public let source: String

    init(_ code: String, _ says: String, _ next: String, _ source: String = "") {
        self.code = code
        self.says = says
        self.next = next
        self.source = source
    }
}

extension RefusalReason {
    /// Reasons that belong together.
    public struct Theme: Sendable {
        /// The heading of the reference.
        public let title: String
        /// In the order of the reference.
        public let reasons: [RefusalReason]

        /// - Parameter rows: every reason among its stored properties counts, so none can be declared and not listed.
        fileprivate init(_ title: String, _ rows: any Sendable, _ families: [RefusalReason] = []) {
            self.title = title
            reasons = Mirror(reflecting: rows).children.compactMap { $0.value as? RefusalReason } + families
        }
    }

    static let client = ClientReasons()
    static let signed = SignedReasons()
    static let proof = ProofReasons()
    static let target = TargetReasons()
    static let code = CodeReasons()
    static let user = UserReasons()
    static let grant = GrantReasons()
    static let request = RequestReasons()
    static let pushed = PushedReasons()
    static let person = PersonReasons()
    static let registration = RegistrationReasons()
    static let hub = HubReasons()

    /// Every reason that a refusal of the authorization server can have.
    public static let themes: [Theme] = [
        Theme("The request and its client", client, PeerCertificate.Problem.allCases.map(certificate)),
        Theme(
            "What a client signs", signed,
            Signed.allCases.flatMap { signed in
                KeyProblem.allCases.map { key($0, of: signed) } + TimeProblem.allCases.map { time($0, of: signed) }
            } + JWSProblem.allCases.map(jws)),
        Theme("Proofs of a key (DPoP)", proof, JWSProblem.allCases.map(dpop)),
        Theme("Scopes, resources and details", target),
        Theme("Codes and refresh tokens", code),
        Theme("Users", user),
        Theme(
            "Other grant types", grant,
            ExchangedToken.allCases.flatMap { token in ExchangeProblem.allCases.map { exchanged(token, $0) } }),
        Theme("Requests for codes", request),
        Theme("Pushed and signed requests", pushed),
        Theme("Answers of people, and sign-outs", person),
        Theme("Clients that register themselves", registration, MetadataMember.allCases.map(metadata)),
        Theme("The hub", hub),
    ]

    private static let byCode = Dictionary(themes.flatMap(\.reasons).map { ($0.code, $0) }) { first, _ in first }

    /// The reason of this code; nil for one that is not of the authorization server.
    public static func named(_ code: String) -> RefusalReason? { byCode[code] }
}

extension HubError {
    /// What a person reads who gets no further, and why.
    init(_ kind: Kind, _ why: RefusalReason, _ message: String) { self.init(kind, why.code, message) }
}
