// Bounds of inbound hooks.
extension Limits {
    public static let hooks = Bound("hooks", 200, "hooks", "hooks of one hub")
    public static let hookTypes = Bound("hook_types", 300, "types", "types of events that one hook expects")
    public static let hookEvents = Bound("hook_events", 200, "events", "events of one delivery")
    public static let hookMembers = Bound("hook_members", 50_000, "members", "work per delivery")
    public static let hookEventID = Bound("hook_event_id", 200, "bytes", "what an event is known by at its provider")
    public static let hookEventType = Bound("hook_event_type", 200, "bytes", "a provider's name for what happened")
    public static let hookChallengeBytes = Bound("hook_challenge_bytes", 1_000, "bytes", "a provider's question")
    public static let hookOldSecretSeconds = Bound(
        "hook_old_secret", 86_400, "seconds", "a hook takes its former secret beside the new one")
    public static let hookEventDays = Bound(
        "hook_event_days", 30, "days", "that an event came is remembered, so that it is not taken in again")
    public static let hookCompareSeconds = Bound(
        "hook_compare", 300, "seconds", "between two comparisons of a hook with its provider's log")
    public static let hookGraceSeconds = Bound(
        "hook_grace", 120, "seconds", "an event may be under way before it counts as lost")
    public static let hookOverlapSeconds = Bound(
        "hook_overlap", 3_600, "seconds", "a comparison reads again, for what the provider kept late")
    public static let hookCompareItems = Bound(
        "hook_compare_items", 1_000, "events", "events of one read of a provider's log by a comparison")
    public static let hookCompareReads = Bound(
        "hook_compare_reads", 30, "reads",
        "of a provider's log, one behind the other, before a comparison goes on later")
    public static let hookBehindSeconds = Bound(
        "hook_behind", 3_600, "seconds", "a hook was not compared for, beyond the grace, before it is a finding")
    public static let hookLossSeconds = Bound(
        "hook_loss", 86_400, "seconds", "that a delivery was lost stays a finding")
    public static let hookSweep = Bound("hook_sweep", 1_000, "rows", "remembered events deleted in one transaction")
    public static let hookDeliveries = Bound(
        "hook_deliveries", 1_000, "deliveries", "deliveries of a sandbox that wait to be sent; more are lost")
    public static let hookAnswerMilliseconds = Bound(
        "hook_answer_milliseconds", 3_000, "milliseconds", "a sandbox waits for the answer to a delivery, as Okta does")

    static let inboundHooks: [Bound] = [
        hooks, hookTypes, hookEvents, hookMembers, hookEventID, hookEventType, hookChallengeBytes,
        hookOldSecretSeconds, hookEventDays, hookCompareSeconds, hookGraceSeconds, hookOverlapSeconds, hookCompareItems,
        hookCompareReads, hookBehindSeconds, hookLossSeconds, hookSweep, hookDeliveries, hookAnswerMilliseconds,
    ]
}
