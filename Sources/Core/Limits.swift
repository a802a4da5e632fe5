/// One bound: its name, its number and why it is there.
public struct Bound: Sendable {
    /// The name, as the configuration and the generated page spell it.
    public let name: String
    /// The number.
    public let value: Int
    /// What is counted.
    public let unit: String
    /// What it protects.
    public let why: String

    init(_ name: String, _ value: Int, _ unit: String, _ why: String) {
        self.name = name
        self.value = value
        self.unit = unit
        self.why = why
    }
}

/// Every bound in one place. A queue, a page, a body or a retry without a row here is a bug.
public enum Limits {
    public static let requestBodyBytes = Bound("request_body_bytes", 1_048_576, "bytes", "memory per request")
    public static let headerBytes = Bound("header_bytes", 16_384, "bytes", "memory per connection")
    public static let targetBytes = Bound("target_bytes", 8_192, "bytes", "length of path and query")
    public static let jsonDepth = Bound("json_depth", 32, "levels", "stack of the reader")
    public static let jsonMembers = Bound("json_members", 10_000, "members", "work per document")
    public static let formParameters = Bound("form_parameters", 100, "parameters", "work per form or query")
    public static let pageRows = Bound("page_rows", 200, "rows", "an administrative list")
    public static let tableRows = Bound("table_rows", 10_000, "rows", "a Table API list")
    public static let queryTerms = Bound("query_terms", 100, "terms", "an encoded query")
    public static let textField = Bound("text_field", 4_000, "characters", "one text value of a record")
    public static let nameField = Bound("name_field", 100, "characters", "a name of a configuration row")
    public static let writeQueue = Bound(
        "write_queue", 10_000, "writes", "writes waiting for the database; full means 503")
    public static let writeBatch = Bound("write_batch", 512, "writes", "writes committed by one sync")
    public static let transactionRetries = Bound("transaction_retries", 20, "times", "serialization conflicts repeated")
    public static let postgresConnections = Bound("postgres_connections", 8, "connections", "sessions at PostgreSQL")
    public static let logQueue = Bound("log_queue", 10_000, "rows", "transactions waiting to be written")
    public static let auditBatch = Bound("audit_batch", 1_000, "events", "events chained in one transaction")
    public static let idleConnectionSeconds = Bound("idle_connection", 30, "seconds", "a silent connection is closed")
    public static let connections = Bound("connections", 1_000, "connections", "open connections per listener")
    public static let yamlBytes = Bound("yaml_bytes", 262_144, "bytes", "a spoke or flow file")
    public static let yamlNodes = Bound("yaml_nodes", 20_000, "nodes", "a spoke or flow file")
    public static let outboundBodyBytes = Bound("outbound_body_bytes", 4_194_304, "bytes", "an answer from outside")
    public static let outboundMilliseconds = Bound("outbound_milliseconds", 30_000, "milliseconds", "one call outside")
    public static let outboundConnectMilliseconds = Bound(
        "outbound_connect_milliseconds", 5_000, "milliseconds", "reaching an outside system")
    public static let outboundClients = Bound("outbound_clients", 64, "clients", "outside hosts connected at once")
    public static let localBodyBytes = Bound(
        "local_body_bytes", 16_777_216, "bytes", "an answer of the hub's own socket")
    public static let localMilliseconds = Bound(
        "local_milliseconds", 120_000, "milliseconds", "one call over the hub's own socket")
    public static let streamPages = Bound("stream_pages", 1_000, "pages", "one streaming action")
    public static let streamItems = Bound("stream_items", 100_000, "items", "one streaming action")
    public static let flowSteps = Bound("flow_steps", 200, "steps", "steps of one flow file")
    public static let forEachItems = Bound("for_each_items", 1_000, "items", "a for-each without its own `most`")
    public static let executionsAtOnce = Bound("executions_at_once", 16, "executions", "flows running in one hub")
    public static let journalValueBytes = Bound("journal_value_bytes", 262_144, "bytes", "one journaled step result")
    public static let roleDepth = Bound("role_depth", 16, "levels", "roles inside roles")
    public static let passwordHashesAtOnce = Bound("password_hashes_at_once", 2, "hashes", "scrypt memory and cores")
    public static let passwordBytes = Bound("password_bytes", 1_024, "bytes", "a password; at least 12 characters")
    public static let accessTokenSeconds = Bound("access_token_seconds", 1_800, "seconds", "life of an access token")

    /// All of them, in the order of the generated page.
    public static let all: [Bound] = [
        requestBodyBytes, headerBytes, targetBytes, jsonDepth, jsonMembers, formParameters, pageRows, tableRows,
        queryTerms, textField, nameField, writeQueue, writeBatch, transactionRetries, postgresConnections, logQueue,
        auditBatch, idleConnectionSeconds, connections, yamlBytes, yamlNodes, outboundBodyBytes, outboundMilliseconds,
        outboundConnectMilliseconds, outboundClients, localBodyBytes, localMilliseconds, streamPages, streamItems,
        flowSteps, forEachItems, executionsAtOnce,
        journalValueBytes, roleDepth, passwordHashesAtOnce, passwordBytes, accessTokenSeconds,
    ]
}
