public import Core
public import Storage

/// Something about a hook that a person should see to.
public struct HookFinding: Sendable, Equatable {
    /// A stable code.
    public let reason: String
    /// What it is, why, and the one next step.
    public let says: String

    var json: JSON { ["reason": .string(reason), "says": .string(says)] }
}

extension Hooks {
    /// What is to be seen to of all active hooks, by their names; at most one page of hooks is looked at.
    public static func findings(
        at now: Timestamp, in reader: any SQLReader
    ) throws -> [(hook: String, finding: HookFinding)] {
        try HookRows.page(after: "", in: reader).flatMap { hook in hook.findings(at: now).map { (hook.name, $0) } }
    }
}

extension Hook {
    /// What is to be seen to. Nothing of a hook that somebody switched off.
    func findings(at now: Timestamp) -> [HookFinding] {
        guard isActive else { return [] }
        guard secret != nil else {
            return [
                HookFinding(
                    reason: "no_secret",
                    says: "Hook \(name) has no secret yet, so everything sent to it is refused. "
                        + "Make one: linchpin hook rotate-secret \(name)")
            ]
        }
        guard verifiedAt != nil else {
            return [
                HookFinding(
                    reason: "not_verified",
                    says: "Hook \(name) was not verified yet, so nothing is sent to it. Let the provider verify it.")
            ]
        }
        return [notCompared(at: now), losses(at: now)].compactMap(\.self)
    }

    /// Why it is not known whether every event arrived; nil where it is.
    func notCompared(at now: Timestamp) -> HookFinding? {
        if alias == nil {
            return finding("no_alias", "it names no alias to read the log through. Give it one.")
        }
        if types.isEmpty {
            return finding("no_types", "it names no types of events to look for. Name those that the provider sends.")
        }
        if !problem.isEmpty { return finding(problem, problemSays) }
        let patience = Int64(Limits.hookGraceSeconds.value + Limits.hookBehindSeconds.value)
        guard let last = comparedUntil ?? expectedSince, last.adding(seconds: patience) < now || last > now else {
            return nil
        }
        return finding("behind", "the last comparison reached \(last.rfc3339). See: linchpin doctor")
    }

    private func losses(at now: Timestamp) -> HookFinding? {
        guard let lostAt, lostAt.adding(seconds: Int64(Limits.hookLossSeconds.value)) > now else { return nil }
        return HookFinding(
            reason: "deliveries_lost",
            says:
                "Hook \(name): deliveries were lost, or over \(Limits.hookGraceSeconds.value) seconds late, and found "
                + "in the provider's log, the last at \(lostAt.rfc3339) (\(lost) events so far). Flows got them only then. "
                + "See what it refused: linchpin log list")
    }

    private func finding(_ reason: String, _ says: String) -> HookFinding {
        HookFinding(reason: reason, says: "Hook \(name) is not compared with the provider's log: \(says)")
    }
}
