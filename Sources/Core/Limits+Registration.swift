// Bounds of what clients say of themselves, and of what they publish elsewhere.
extension Limits {
    public static let fetchedBytes = Bound(
        "fetched_bytes", 65_536, "bytes", "a document that a client publishes, such as its keys")
    public static let fetchMilliseconds = Bound(
        "fetch_milliseconds", 5_000, "milliseconds", "fetching such a document; a token request waits for it")
    public static let fetchedDocuments = Bound(
        "fetched_documents", 1_000, "documents", "of each kind that are kept in memory")
    public static let fetchedKeysSeconds = Bound(
        "fetched_keys_seconds", 3_600, "seconds",
        "keys count without being fetched anew; 600 where the source says nothing")
    public static let fetchAgainSeconds = Bound(
        "fetch_again_seconds", 60, "seconds", "between two fetches of one client's keys, whatever came of the first")
    public static let fetchedStaleSeconds = Bound(
        "fetched_stale_seconds", 86_400, "seconds", "what was fetched counts while its source gives nothing")
    public static let clientURLBytes = Bound("client_url_bytes", 500, "bytes", "an address that a client names")
    public static let keyCertificateBytes = Bound(
        "key_certificate_bytes", 16_384, "bytes", "one certificate of a client, as PEM")
    public static let registrationUses = Bound(
        "registration_uses", 1_000, "clients", "that may register by one token")
    public static let registrationTokenDays = Bound(
        "registration_token_days", 30, "days", "longest life of a token by which clients register")
    public static let registrationChanges = Bound(
        "registration_changes", 10, "a minute", "changes that a registered client makes to itself")
    public static let fetchesAMinute = Bound(
        "fetches_a_minute", 300, "fetches",
        "of documents of one kind by one hub, so that nobody fetches by it as they like")
    public static let clientDocumentSeconds = Bound(
        "client_document_seconds", 86_400, "seconds",
        "a client's document counts without being fetched anew; 3600 where the source says nothing")
    public static let clientDocumentAgainSeconds = Bound(
        "client_document_again_seconds", 10, "seconds",
        "between two fetches of one client's document, whatever came of the first")
    public static let clientDocuments = Bound(
        "client_documents", 10_000, "clients", "that are known by a document of theirs")
    public static let clientDocumentDays = Bound(
        "client_document_days", 90, "days", "a client is kept whose document nobody asked for")

    static let registration: [Bound] = [
        fetchedBytes, fetchMilliseconds, fetchedDocuments, fetchedKeysSeconds, fetchAgainSeconds, fetchedStaleSeconds,
        clientURLBytes, keyCertificateBytes, registrationUses, registrationTokenDays, registrationChanges,
        fetchesAMinute, clientDocumentSeconds, clientDocumentAgainSeconds, clientDocuments, clientDocumentDays,
    ]
}
