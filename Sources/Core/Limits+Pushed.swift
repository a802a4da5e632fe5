// Bounds of authorization requests that do not come by their parameters alone.
extension Limits {
    public static let pushedSeconds = Bound(
        "pushed_request", 90, "seconds", "until a browser must bring a pushed authorization request")
    public static let pushedBytes = Bound(
        "pushed_request_bytes", 16_384, "bytes", "the parameters of one pushed authorization request")
    public static let pushedRequests = Bound(
        "pushed_requests", 1_000, "requests", "pushed by one client and not brought yet; more means 429")
    public static let pushedOfOneAddress = Bound(
        "pushed_of_one_address", 150, "a minute", "requests of one public client that one address pushes before 429")
    public static let openedSeconds = Bound(
        "opened_request", 1_800, "seconds", "a person may take to sign in and answer a pushed or signed request")
    public static let requestObjectBytes = Bound(
        "request_object_bytes", 7_168, "bytes", "a request object in an address; a longer one is pushed")
    public static let requestObjectAheadSeconds = Bound(
        "request_object_ahead", 3_600, "seconds", "the end of a request object lies ahead at most")

    static let pushed: [Bound] = [
        pushedSeconds, pushedBytes, pushedRequests, pushedOfOneAddress, openedSeconds, requestObjectBytes,
        requestObjectAheadSeconds,
    ]
}
