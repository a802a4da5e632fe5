// Bounds of what a request for a token names beside its scopes.
extension Limits {
    public static let resourceServers = Bound(
        "resource_servers", 20, "addresses", "resource servers of one client, or of one request")
    public static let resourceServerBytes = Bound(
        "resource_server_bytes", 500, "bytes", "the address of one resource server")
    public static let authorizationDetailsBytes = Bound(
        "authorization_details_bytes", 4_096, "bytes", "the authorization details of one request")
    public static let authorizationDetails = Bound(
        "authorization_details", 10, "objects", "authorization details of one request")
    public static let detailNames = Bound(
        "detail_names", 50, "names", "in one member of an authorization detail")
    public static let furtherConsents = Bound(
        "further_consents", 20, "times",
        "a person's yes to one client for resource servers or details is remembered; a further one ends the oldest")
    public static let resourcesNotedBytes = Bound(
        "resources_noted_bytes", 1_000, "bytes", "of resource servers that an audit event names; the rest is counted")
    public static let signInAgeSeconds = Bound(
        "sign_in_age", 8_640_000, "seconds", "age of a sign-in that an auth scope may ask for, as the longest")

    static let resources: [Bound] = [
        resourceServers, resourceServerBytes, authorizationDetailsBytes, authorizationDetails, detailNames,
        furtherConsents, resourcesNotedBytes, signInAgeSeconds,
    ]
}
