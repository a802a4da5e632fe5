import Core
import Ports
import Storage

/// How a client stands against what is thought good practice.
struct ClientReport: Sendable {
    enum Grade: String, Sendable, CaseIterable {
        case good, weak, bad
        case notApplicable = "not_applicable"
    }

    /// What a rule says of one client.
    struct Judgement: Sendable, Equatable {
        let grade: Grade
        /// What the rule sees.
        let sees: String
        /// What to change; nil where nothing needs to be.
        var change: String?

        static func good(_ sees: String) -> Judgement { Judgement(grade: .good, sees: sees) }
        static func weak(_ sees: String, _ change: String) -> Judgement {
            Judgement(grade: .weak, sees: sees, change: change)
        }
        static func bad(_ sees: String, _ change: String) -> Judgement {
            Judgement(grade: .bad, sees: sees, change: change)
        }
        static func notApplicable(_ sees: String) -> Judgement { Judgement(grade: .notApplicable, sees: sees) }
    }

    /// What a rule may look at beside the client.
    struct Surroundings: Sendable {
        let now: Timestamp
        /// Whether a token of it works that is bound to no key: one of before it had to prove its key.
        var hasBearerTokens = false
    }

    /// One rule. It looks at the client, at what is around it, and at nothing else.
    struct Rule: Sendable {
        let name: String
        /// Where it stands: document and section.
        let source: String
        let judge: @Sendable (_ client: Client, _ around: Surroundings) -> Judgement

        init(
            _ name: String, _ source: String,
            _ judge: @escaping @Sendable (_ client: Client, _ around: Surroundings) -> Judgement
        ) {
            self.name = name
            self.source = source
            self.judge = judge
        }
    }

    struct Row: Sendable, Equatable {
        let rule: String
        let source: String
        let judgement: Judgement

        var json: JSON {
            [
                "rule": .string(rule), "source": .string(source), "grade": .string(judgement.grade.rawValue),
                "sees": .string(judgement.sees), "change": judgement.change.map { .string($0) } ?? .null,
            ]
        }
    }

    /// Every rule's judgement, in the order of `ClientRules.all`; pure.
    static func rows(_ client: Client, _ around: Surroundings) -> [Row] {
        ClientRules.all.map { Row(rule: $0.name, source: $0.source, judgement: $0.judge(client, around)) }
    }
}

extension ClientSettings {
    /// Whether it can prove itself without a shared secret.
    var isProvedByKey: Bool { hasKeys || tls.proof != nil }

    /// Whether each of its tokens is bound to a key.
    var bindsTokens: Bool { requiresDPoP || tls.bindsTokens }
}

extension OAuthServer {
    var reportOperations: [Operation] {
        [
            Operation(
                "client", .act("report"), roles: Self.readers,
                says: "Grades a client by RFC 9700 §2 and the FAPI 2.0 Security Profile §5, and says what to change."
            ) { [database] request in
                let now = request.cause.now
                let (client, hasBearerTokens) = try await database.read { reader in
                    let client = try ClientStore.get(request.id, in: reader)
                    return (client, try TokenStore.hasBearerTokens(client.id, at: now, in: reader))
                }
                let rows = ClientReport.rows(client, .init(now: now, hasBearerTokens: hasBearerTokens))
                let counts = ClientReport.Grade.allCases.map { grade in
                    JSONObject.Member(
                        name: grade.rawValue, value: .int(Int64(rows.count { $0.judgement.grade == grade })))
                }
                return [
                    "client": .string(client.name), "rows": .array(rows.map(\.json)),
                    "grades": .object(JSONObject(unique: counts)),
                ]
            }
        ]
    }
}
