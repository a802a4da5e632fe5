/// Every bound in one place. A queue, a page, a body or a retry without a row here is a bug.
public enum Limits {
    public static let requestBodyBytes = Bound("request_body_bytes", 1_048_576, "bytes", "memory per request")
    public static let headerSeconds = Bound("header", 10, "seconds", "a header that trickles in")
    public static let requestBodySeconds = Bound("request_body", 30, "seconds", "a body that trickles in")
    public static let openBodyBytes = Bound(
        "open_body_bytes", 65_536, "bytes", "memory per request that anybody may send, such as one for a token")
    public static let openBodiesBytes = Bound(
        "open_bodies_bytes", 67_108_864, "bytes", "bodies that anybody may send, all together; full means 503")
    public static let headerBytes = Bound("header_bytes", 16_384, "bytes", "memory per connection")
    public static let targetBytes = Bound("target_bytes", 8_192, "bytes", "length of path and query")
    public static let jsonDepth = Bound("json_depth", 32, "levels", "stack of the reader")
    public static let jsonMembers = Bound("json_members", 10_000, "members", "work per document")
    public static let formParameters = Bound("form_parameters", 100, "parameters", "work per form or query")
    public static let pageRows = Bound("page_rows", 200, "rows", "an administrative list")
    public static let consolePages = Bound("console_pages", 10, "pages", "of a list that a console page reads at once")
    public static let tableRows = Bound("table_rows", 10_000, "rows", "a Table API list")
    public static let tableCharacters = Bound(
        "table_characters", 33_554_432, "characters", "the values of one Table API list; more means 413")
    public static let queryTerms = Bound("query_terms", 100, "terms", "an encoded query")
    public static let queryValues = Bound("query_values", 1_000, "values", "all values of an encoded query")
    public static let queryWalks = Bound(
        "query_walks", 3, "references", "references that one dot-walked field may follow")
    public static let queryJoins = Bound(
        "query_joins", 32, "joins", "other tables' records that one Table API call may reach by references")
    public static let queryPatterns = Bound(
        "query_patterns", 20, "patterns", "LIKE, STARTSWITH and ENDSWITH of an encoded query; each reads every row")
    public static let namedRecords = Bound(
        "named_records", 32, "records", "records that one body names as people do; each reads every row of a table")
    public static let linkBytes = Bound(
        "link_bytes", 8_192, "bytes", "the Link header of a list; a longer one is left out")
    public static let tables = Bound("tables", 200, "tables", "tables of the dictionary")
    public static let tableIndexes = Bound(
        "table_indexes", 10, "indexes", "indexed columns of one table; each write pays")
    public static let schemaObjects = Bound(
        "schema_objects", 5_000, "objects", "tables and indexes of a copy that is to be restored")
    public static let tableOffset = Bound("table_offset", 10_000_000, "rows", "rows a Table API list may skip")
    public static let tableColumns = Bound("table_columns", 200, "columns", "columns of one table")
    public static let textField = Bound("text_field", 4_000, "characters", "one text value of a record")
    public static let nameField = Bound("name_field", 100, "characters", "a name of a configuration row")
    public static let sentenceField = Bound(
        "sentence_field", 500, "characters", "one sentence about a configuration row")
    public static let tokenBytes = Bound("token_bytes", 4_096, "bytes", "an access token that is issued or read")
    public static let jwsBytes = Bound("jws_bytes", 16_384, "bytes", "a signed token that is read")
    public static let jwkSetKeys = Bound("jwk_set_keys", 100, "keys", "keys that somebody publishes")
    public static let rsaBits = Bound("rsa_bits", 8_192, "bits", "work per signature of an RSA key that somebody chose")
    public static let headerFields = Bound("header_fields", 100, "fields", "work per request")
    public static let writeQueue = Bound(
        "write_queue", 10_000, "writes", "writes waiting for the database; full means 503")
    public static let writeBatch = Bound("write_batch", 512, "writes", "writes committed by one sync")
    public static let transactionRetries = Bound("transaction_retries", 20, "times", "serialization conflicts repeated")
    public static let postgresConnections = Bound("postgres_connections", 8, "connections", "sessions at PostgreSQL")
    public static let preparedStatements = Bound(
        "prepared_statements", 300, "statements", "statements kept ready per session at PostgreSQL")
    public static let keptStatements = Bound(
        "kept_statements", 50, "statements", "statements of callers' shapes kept ready per connection of SQLite")
    public static let statementMilliseconds = Bound(
        "statement_milliseconds", 10_000, "milliseconds", "one statement of a request, on both databases")
    public static let logQueue = Bound("log_queue", 10_000, "rows", "transactions waiting to be written")
    public static let auditBatch = Bound("audit_batch", 1_000, "events", "events chained in one transaction")
    public static let logReserve = Bound(
        "log_reserve", 10_000, "rows",
        "refusals, failures and changes beyond a full log queue; past it they are counted")
    public static let logBatch = Bound("log_batch", 1_000, "rows", "transactions written at once")
    public static let logDays = Bound("log_days", 30, "days", "how long transactions are kept")
    public static let logTextCharacters = Bound("log_text", 1_000, "characters", "one text of a logged transaction")
    public static let logDaysAtOnce = Bound(
        "log_days_at_once", 31, "days", "old days of the transaction log that one sweep drops")
    public static let refusalRows = Bound(
        "refusal_rows", 600, "rows a minute", "refusals of one caller for one reason kept by id; the rest is a count")
    public static let refusalSums = Bound("refusal_sums", 10_000, "sums", "callers and reasons summed at once")
    public static let auditLeaseSeconds = Bound("audit_lease", 10, "seconds", "how long one hub keeps the chain")
    public static let idleConnectionSeconds = Bound("idle_connection", 30, "seconds", "a silent connection is closed")
    public static let answerSeconds = Bound("answer", 60, "seconds", "a caller that does not read its answer")
    public static let lingerSeconds = Bound(
        "linger", 2, "seconds", "a connection stays after its last answer, so that the answer arrives")
    public static let handshakeSeconds = Bound("tls_handshake", 10, "seconds", "a TLS handshake that trickles in")
    public static let certificateSeconds = Bound(
        "certificate_check", 2, "seconds", "until a new certificate file is seen")
    public static let certificateBytes = Bound("certificate_bytes", 1_048_576, "bytes", "a certificate or key file")
    public static let certificateEndDays = Bound(
        "certificate_end", 14, "days", "before a certificate's end the hub says so")
    public static let trialCertificateDays = Bound(
        "trial_certificate", 90, "days", "life of the hub's own certificate for trials")
    public static let trialCertificateRenewalDays = Bound(
        "trial_certificate_renewal", 30, "days", "before its end it is made anew")
    public static let streams = Bound("http2_streams", 100, "streams", "open at once on one connection of HTTP/2")
    public static let streamResets = Bound(
        "http2_resets", 200, "frames", "resets, errors or control frames in 30 seconds before HTTP/2 is closed")
    public static let refusalKinds = Bound("refusal_kinds", 1_000, "kinds", "refused administrative calls told apart")
    public static let shutdownSeconds = Bound("shutdown", 10, "seconds", "requests in flight at a stop")
    public static let loopTurnSeconds = Bound(
        "loop_turn", 120, "seconds", "one turn of a loop, or five times its pause, before it counts as hanging")
    public static let connections = Bound("connections", 1_000, "connections", "open connections per listener")
    public static let openFiles = Bound(
        "open_files", 8_192, "files", "what a hub asks of the system for connections and stores, where it may")
    public static let yamlBytes = Bound("yaml_bytes", 262_144, "bytes", "a spoke or flow file")
    public static let yamlNodes = Bound("yaml_nodes", 20_000, "nodes", "a spoke or flow file")
    public static let openAPIBytes = Bound(
        "openapi_bytes", 33_554_432, "bytes", "an OpenAPI description that a spoke is made from")
    public static let openAPINodes = Bound(
        "openapi_nodes", 2_000_000, "values", "an OpenAPI description that a spoke is made from")
    public static let openAPIReferences = Bound(
        "openapi_references", 32, "references", "a reference of an OpenAPI description that leads to another")
    public static let openAPISchemas = Bound(
        "openapi_schemas", 5_000, "schemas", "those that one operation of an OpenAPI description leads to")
    public static let importedInputs = Bound(
        "imported_inputs", 100, "inputs", "inputs, and outputs, of an action that is made from an OpenAPI description")
    public static let importedLevels = Bound(
        "imported_levels", 4, "levels", "objects inside a body that become inputs of an imported action")
    public static let outboundBodyBytes = Bound("outbound_body_bytes", 4_194_304, "bytes", "an answer from outside")
    public static let outboundMembers = Bound("outbound_members", 200_000, "members", "work per answer from outside")
    public static let outboundMilliseconds = Bound("outbound_milliseconds", 30_000, "milliseconds", "one call outside")
    public static let outboundConnectMilliseconds = Bound(
        "outbound_connect_milliseconds", 5_000, "milliseconds", "reaching an outside system")
    public static let outboundClients = Bound("outbound_clients", 64, "clients", "outside hosts connected at once")
    public static let localBodyBytes = Bound(
        "local_body_bytes", 16_777_216, "bytes", "an answer of the hub's own socket")
    public static let localMembers = Bound(
        "local_members", 1_000_000, "members", "work per answer of the hub's own socket")
    public static let localMilliseconds = Bound(
        "local_milliseconds", 120_000, "milliseconds", "one call over the hub's own socket")
    public static let streamPages = Bound("stream_pages", 1_000, "pages", "one streaming action")
    public static let streamItems = Bound("stream_items", 100_000, "items", "one streaming action")
    public static let streamPlaceDays = Bound(
        "stream_place_days", 180, "days", "an unused place of a stream's reader is kept")
    public static let schemaItems = Bound("schema_items", 1_000, "items", "a list or an object that an action takes")
    public static let pollTurns = Bound("poll_turns", 100, "times", "one polling action asks")
    public static let pollSeconds = Bound("poll_seconds", 3_600, "seconds", "between two turns of a polling action")
    public static let putOffSeconds = Bound(
        "put_off_seconds", 3_600, "seconds", "the longest wait that a provider's rate limit may ask for")
    public static let flowSteps = Bound("flow_steps", 200, "steps", "steps of one flow file")
    public static let forEachItems = Bound("for_each_items", 1_000, "items", "a for-each without its own `most`")
    public static let flowDepth = Bound("flow_depth", 4, "levels", "for-each inside for-each")
    public static let flows = Bound(
        "flows", 1_000, "flows", "flows of one hub; each record change reads those of its table")
    public static let flowVersions = Bound(
        "flow_versions", 200, "versions", "sources of one flow that are kept; older ones while an execution has them")
    public static let flowInputs = Bound("flow_inputs", 50, "inputs", "inputs of one manual flow")
    public static let executionSteps = Bound("execution_steps", 5_000, "steps", "steps of one execution")
    public static let executionStepPage = Bound(
        "execution_step_page", 1_000, "attempts", "attempts at steps that one answer about an execution shows")
    public static let stepAttempts = Bound("step_attempts", 5, "times", "a safe step sent again without an answer")
    public static let stepRetries = Bound("step_retries", 10, "times", "`times` of a step's `retry`")
    public static let retrySeconds = Bound("retry_seconds", 86_400, "seconds", "the longest delay before a retry")
    public static let stepLaters = Bound(
        "step_laters", 1_000, "times", "a step that its spoke puts off, such as at a rate limit or in a poll")
    public static let branches = Bound("branches", 20, "branches", "branches of one parallel step")
    public static let stepsAtOnce = Bound("steps_at_once", 8, "steps", "steps of one execution in flight at once")
    public static let subflowDepth = Bound("subflow_depth", 5, "levels", "flows that start flows as their steps")
    public static let waitSeconds = Bound(
        "wait_seconds", 31_622_400, "seconds", "the longest wait, approval or time-out of a flow: 366 days")
    public static let approvalSeconds = Bound(
        "approval_seconds", 86_400, "seconds",
        "an approval counts for the calls that it names, unless the flow says how long")
    public static let approvalMostSeconds = Bound(
        "approval_most_seconds", 604_800, "seconds", "the longest that a flow may let an approval count: 7 days")
    public static let restSeconds = Bound(
        "rest_seconds", 3_600, "seconds", "a waiting execution is looked at again at least so often")
    public static let scheduleSeconds = Bound(
        "schedule_seconds", 2_592_000, "seconds", "the longest `every` of a schedule; the shortest is 60")
    public static let scheduleTimes = Bound("schedule_times", 48, "times", "times of day of one schedule")
    public static let tickGraceSeconds = Bound(
        "tick_grace", 300, "seconds", "a tick of a schedule with `missed: skip` may start so late")
    public static let executionDays = Bound("execution_days", 90, "days", "an ended execution and its journal are kept")
    public static let executionSweep = Bound(
        "execution_sweep", 2_000, "rows", "journal rows deleted in one transaction")
    public static let testRuns = Bound("test_runs", 32, "runs", "sandboxes of test runs kept in memory at once")
    public static let rateLimitTurns = Bound(
        "rate_limit_turns", 10, "times", "a call put off by the provider's rate limit")
    public static let transientTurns = Bound(
        "transient_turns", 4, "times", "a call that is safe to repeat, while the provider is out of order")
    public static let journalRetries = Bound(
        "journal_retries", 20, "times", "a step's outcome, while the store is busy")
    public static let executionClaimSeconds = Bound(
        "execution_claim", 60, "seconds", "a hub that stops renewing loses its executions")
    public static let executionsAtOnce = Bound("executions_at_once", 64, "executions", "flows running in one hub")
    public static let executionBreaks = Bound(
        "execution_breaks", 10, "times", "an execution breaks, by a fault in the hub, before it is ended")
    public static let journalValueBytes = Bound("journal_value_bytes", 262_144, "bytes", "one journaled step result")
    public static let journalMembers = Bound(
        "journal_members", 200_000, "members", "one journaled value, more than its bytes can hold")
    public static let journalBytes = Bound(
        "journal_bytes", 33_554_432, "bytes", "what all steps of one execution journal; a hub holds it in memory")
    public static let roleDepth = Bound("role_depth", 16, "levels", "roles inside roles")
    public static let passwordHashesAtOnce = Bound("password_hashes_at_once", 2, "hashes", "scrypt memory and cores")
    public static let passwordHashesWaiting = Bound(
        "password_hashes_waiting", 64, "hashes", "sign-ins that wait for scrypt; more means 503")
    public static let passwordBytes = Bound("password_bytes", 1_024, "bytes", "a password; at least 12 characters")
    public static let credentialBytes = Bound("credential_bytes", 8_192, "bytes", "one sealed secret")
    public static let connectionCredentials = Bound(
        "connection_credentials", 20, "credentials", "credentials of one connection")
    public static let credentialRefusals = Bound(
        "credential_refusals", 2, "times", "a key that is refused before it rests; providers lock out after three")
    public static let credentialRestSeconds = Bound(
        "credential_rest", 900, "seconds", "a key rests after refusals; also how long a refusal is counted")
    public static let credentialHubs = Bound("credential_hubs", 20, "hubs", "hubs that one credential applies to")
    public static let baseURLBytes = Bound("base_url_bytes", 500, "bytes", "the address of a connection")
    public static let connectionActions = Bound(
        "connection_actions", 500, "actions", "actions that one connection enables")
    public static let connectionResources = Bound(
        "connection_resources", 200, "resources", "members of the resource set that one connection names")
    public static let aliasConnections = Bound("alias_connections", 50, "connections", "connections of one alias")
    public static let rolesOfOne = Bound("roles_of_one", 1_000, "roles", "roles in force for one user")
    public static let roleLinks = Bound("role_links", 10_000, "pairs", "roles inside roles; each new pair reads them")
    public static let signInFailures = Bound("sign_in_failures", 5, "times", "wrong passwords before a user is locked")
    public static let signInLockSeconds = Bound(
        "sign_in_lock", 900, "seconds", "a user is locked after wrong passwords")
    public static let sessionIdleSeconds = Bound("session_idle", 1_800, "seconds", "a session without a request ends")
    public static let sessionSeconds = Bound("session", 43_200, "seconds", "a session ends, used or not")
    public static let sessionTouchSeconds = Bound(
        "session_touch", 60, "seconds", "between two notes of a session's last use")
    public static let strictTransportSeconds = Bound(
        "strict_transport", 31_536_000, "seconds", "a browser that saw the console over TLS never asks without it")
    public static let sessionsOfOne = Bound(
        "sessions_of_one", 20, "sessions", "open sessions of one user; a further one ends the oldest")
    public static let endedSessionSeconds = Bound(
        "ended_session", 86_400, "seconds", "an ended session is kept, so that its refusal can say so")
    public static let signInLinkSeconds = Bound("sign_in_link", 300, "seconds", "life of a one-use sign-in link")
    public static let signInsOfOneAddress = Bound(
        "sign_ins_of_one_address", 30, "a minute", "refused sign-ins from one address before 429")
    public static let signInsOfOneName = Bound(
        "sign_ins_of_one_name", 10, "a minute", "refused sign-ins of one name before 429")
    public static let basicSeconds = Bound(
        "basic_seconds", 60, "seconds", "a right password of HTTP Basic is remembered")
    public static let basicRemembered = Bound(
        "basic_remembered", 1_000, "passwords", "right passwords of HTTP Basic remembered at once")
    public static let accessTokenSeconds = Bound("access_token_seconds", 1_800, "seconds", "life of an access token")

    public static let scopeRules = Bound(
        "scope_rules", 2_000, "rules", "rules of all auth scopes; each call reads them")
    public static let scopeRulesOfOne = Bound("scope_rules_of_one", 100, "rules", "rules of one auth scope")
    public static let clientScopes = Bound("client_scopes", 100, "scopes", "scopes of one client or token")
    public static let clientSecrets = Bound("client_secrets", 5, "secrets", "secrets of one client at once")
    public static let clientTokenSeconds = Bound(
        "client_token_seconds", 86_400, "seconds", "longest life that a client may be given for its tokens")
    public static let keySetSeconds = Bound(
        "key_set", 3_600, "seconds", "others may keep the published keys; `Cache-Control` of the key set says so")
    public static let signingKeyAheadSeconds = Bound(
        "signing_key_ahead", 86_400, "seconds", "a signing key is published before it signs; longer than `key_set`")
    public static let signingKeyDays = Bound("signing_key_days", 90, "days", "a signing key signs")
    public static let signingKeys = Bound(
        "signing_keys", 20, "keys", "of each algorithm that are looked at; older ones are removed long ago")
    public static let expiredTokenSeconds = Bound(
        "expired_token_seconds", 3_600, "seconds", "an ended token is kept, so that its refusal can say so")
    public static let countedCallers = Bound("counted_callers", 10_000, "callers", "callers whose failures are counted")
    public static let clientFailures = Bound("client_failures", 10, "a minute", "wrong secrets before 429")
    public static let epochConfirmMilliseconds = Bound(
        "epoch_confirm", 1_000, "milliseconds", "what is remembered counts that long after the feed was last read")
    public static let epochPauseSeconds = Bound(
        "epoch_pause", 60, "seconds", "a hub that did not read the feed for longer forgets everything")
    public static let epochFeedSeconds = Bound("epoch_feed", 600, "seconds", "how long the feed keeps a row")
    public static let epochRows = Bound(
        "epoch_rows", 1_000, "rows", "changes told apart at one reading of the feed; more forget everything")
    public static let epochSubjects = Bound(
        "epoch_subjects", 10_000, "rows", "changed clients, users and sessions told apart; more forget everything")
    public static let rememberedTokens = Bound(
        "remembered_tokens", 20_000, "tokens", "tokens whose facts are in memory, and as many unknown ones")
    public static let rememberedClients = Bound(
        "remembered_clients", 2_000, "clients", "clients in memory that asked for tokens lately")
    public static let rememberedTables = Bound(
        "remembered_tables", 1_000, "tables", "tables whose rights are in memory, and as many unknown ones")
    public static let rememberedAliases = Bound(
        "remembered_aliases", 1_000, "aliases", "aliases whose connection is in memory, and as many tokens, all sealed")
    public static let rememberedSeconds = Bound(
        "remembered", 60, "seconds", "whatever is remembered is read anew after that time")
    public static let manifestBytes = Bound("manifest_bytes", 65_536, "bytes", "the manifest of a backup")
    public static let ownBackups = Bound(
        "own_backups", 10, "backups", "backups kept that the hub made by itself, before an update or a restore")
    public static let storeBytes = Bound(
        "store_bytes", 281_474_976_710_656, "bytes",
        "an embedded store, as a manifest may state it; SQLite makes none larger")
    public static let backupReserveBytes = Bound(
        "backup_reserve_bytes", 16_777_216, "bytes", "what a backup leaves free on its disk")
    public static let longCallMilliseconds = Bound(
        "long_call_milliseconds", 3_600_000, "milliseconds",
        "a backup, a restore or a verification over the own socket")
    public static let diskWarningBytes = Bound(
        "disk_warning_bytes", 536_870_912, "bytes", "free beside twice the store before the doctor warns")
    public static let credentialWarningDays = Bound(
        "credential_warning_days", 14, "days", "a credential's end before the doctor warns")
    public static let backupWarningDays = Bound(
        "backup_warning_days", 7, "days", "age of the newest backup before the doctor warns")
    public static let reopenSeconds = Bound(
        "reopen_seconds", 60, "seconds", "how long the command waits for a hub that opens its restored store")
}
