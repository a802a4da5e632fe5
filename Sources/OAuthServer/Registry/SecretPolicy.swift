import Core
import Ports

/// How old the secrets of a client may become, when it is said that they end, and how long an old one works on beside
/// its successor.
struct SecretPolicy: Sendable, Equatable {
    /// The most days that a secret works; nil for good.
    var days: Int64?
    var warningDays = Int64(Limits.secretWarningDays.value)
    /// How long those that are there work on when a new one is made; nil until somebody removes them.
    var overlapSeconds: Int64?

    static let fields: [Field] = [
        .optional(
            "secret_days", .int(0...Int64(Limits.secretAgeDays.value)),
            "How many days a new secret works at most; an older one is a finding. 0: for good."),
        .optional(
            "secret_warning_days", .int(1...Int64(Limits.secretAgeDays.value)),
            "How many days ahead it is a finding that the last secret ends; 30 if left out."),
        .optional(
            "secret_overlap_seconds", .int(0...Int64(Limits.secretOverlapSeconds.value)),
            "How long older secrets work on when a new one is made. 0: until they are removed."),
    ]

    func changed(by request: OperationRequest) -> SecretPolicy {
        var new = self
        if let days = request.int("secret_days") { new.days = days == 0 ? nil : days }
        new.warningDays = request.int("secret_warning_days") ?? warningDays
        if let seconds = request.int("secret_overlap_seconds") { new.overlapSeconds = seconds == 0 ? nil : seconds }
        return new
    }

    var json: JSONObject {
        [
            "secret_days": days.map { .int($0) } ?? .null, "secret_warning_days": .int(warningDays),
            "secret_overlap_seconds": overlapSeconds.map { .int($0) } ?? .null,
        ]
    }

    /// The last moment of a secret made now; nil for none.
    func end(of made: Timestamp) -> Timestamp? { days.map { made.adding(days: Int($0)) } }

    /// What is to be seen to about these secrets, if anything; pure.
    func finding(about secrets: [ClientSecret], of client: String, at now: Timestamp) -> ClientFinding? {
        guard !secrets.isEmpty else { return nil }
        let next = "Make a new one and give it to the application: linchpin client add-secret \(client)"
        let working = secrets.filter { $0.counts(at: now) }
        let old = working.compactMap { secret in end(of: secret.createdAt).map { (secret, $0) } }
            .filter { $0.1 <= now }.min { $0.1 < $1.1 }
        if let (secret, due) = old {
            return ClientFinding(
                "secret_overdue",
                "Secret \(secret.id) of client \(client) should have been replaced by \(due.rfc3339). \(next)")
        }
        guard !working.isEmpty else {
            return ClientFinding("secret_ended", "No secret of client \(client) works any more. \(next)")
        }
        let ends = working.map { [$0.until, end(of: $0.createdAt)].compactMap(\.self).min() }
        guard !ends.contains(nil), let last = ends.compactMap(\.self).max(),
            last <= now.adding(days: Int(warningDays))
        else { return nil }
        return ClientFinding("secret_ends", "The last secret of client \(client) ends at \(last.rfc3339). \(next)")
    }
}

extension SecretPolicy {
    init(stored json: JSON) {
        self.init(
            days: json["secret_days"]?.int,
            warningDays: json["secret_warning_days"]?.int ?? SecretPolicy().warningDays,
            overlapSeconds: json["secret_overlap_seconds"]?.int)
    }
}
