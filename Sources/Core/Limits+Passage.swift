// Bounds of how a connection's calls travel, of when none is tried, and of how many may go.
extension Limits {
    public static let trustRootsBytes = Bound(
        "trust_roots_bytes", 131_072, "bytes", "the authorities that one connection trusts, as PEM")
    public static let chainCertificates = Bound(
        "chain_certificates", 50, "certificates", "certificates in one PEM that somebody gave")
    public static let connectionPins = Bound("connection_pins", 20, "pins", "keys that one connection pins")
    public static let trustRootWarningDays = Bound(
        "trust_root_warning", 30, "days", "before the end of a trusted authority that is a finding")
    public static let circuitFailures = Bound(
        "circuit_failures", 5, "failures", "in a row, after which a connection's circuit opens")
    public static let circuitOpenSeconds = Bound(
        "circuit_open", 15, "seconds", "the first time a circuit stays open; each further time twice as long")
    public static let circuitLongestSeconds = Bound(
        "circuit_longest", 600, "seconds", "the longest time that a circuit stays open before the next trial")
    public static let circuits = Bound("circuits", 10_000, "circuits", "of connections that failed lately, on one hub")
    public static let callsPerMinute = Bound(
        "calls_per_minute", 60_000, "calls", "the most that a connection's own bound may be")
    public static let budgets = Bound("budgets", 1_000, "connections", "whose budgets of calls one hub remembers")
    public static let budgetBuckets = Bound(
        "budget_buckets", 100, "buckets", "kinds of request of one connection whose rate limit is remembered")
    public static let budgetCalls = Bound(
        "budget_calls", 1_000_000_000, "calls", "the largest rate limit that a provider is believed")

    static let passage: [Bound] = [
        trustRootsBytes, chainCertificates, connectionPins, trustRootWarningDays, circuitFailures, circuitOpenSeconds,
        circuitLongestSeconds, circuits, callsPerMinute, budgets, budgetBuckets, budgetCalls,
    ]
}
