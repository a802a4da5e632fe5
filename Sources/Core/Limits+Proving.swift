// Bounds of proving connections and watching for drift.
extension Limits {
    public static let driftSeconds = Bound(
        "drift", 900, "seconds", "between two looks at what a provider grants to one connection")
    public static let driftRetrySeconds = Bound(
        "drift_retry", 120, "seconds", "before another look after one that the hub could not finish")
    public static let applyLeaseSeconds = Bound(
        "apply_lease", 600, "seconds", "one set-up of a connection is applied at a time, even if its hub dies")
    public static let driftLeaseSeconds = Bound(
        "drift_lease", 600, "seconds", "one hub looks at connections alone; longer than one turn may take")
    public static let driftAtOnce = Bound("drift_at_once", 20, "connections", "connections looked at in one turn")
    public static let clockDifferenceSeconds = Bound(
        "clock_difference", 60, "seconds", "between the hub's clock and a provider's before it is a finding")
    public static let setUpSeconds = Bound("set_up", 3_600, "seconds", "a set-up session that names no end")
    public static let setUpLongestSeconds = Bound("set_up_longest", 86_400, "seconds", "the longest set-up session")
    public static let shownItems = Bound("shown_items", 20, "items", "that the evidence of one check names")

    public static let resourcesAdded = Bound(
        "resources_added", 50, "resources", "that one change adds to the choice of a connection")
    public static let resourceMatches = Bound(
        "resource_matches", 50, "resources", "that one search at a provider answers, from one page")
    public static let resourceLookUps = Bound(
        "resource_look_ups", 50, "requests", "for the names of resources in one preview")
    public static let resourceLookUpSeconds = Bound(
        "resource_look_up", 20, "seconds", "before a preview begins no further request for a name")

    static let proving: [Bound] = [
        driftSeconds, driftRetrySeconds, applyLeaseSeconds, driftLeaseSeconds, driftAtOnce, clockDifferenceSeconds,
        setUpSeconds, setUpLongestSeconds, shownItems, resourcesAdded, resourceMatches, resourceLookUps,
        resourceLookUpSeconds,
    ]
}
