import CLibPQ
import Core
import Storage

/// Opens sessions and refuses a server that is not fit. What it holds is secret; its errors are fixed sentences.
struct PostgresConnector: Sendable {
    private let conninfo: Secret
    private let isLocal: Bool
    /// The schema, a checked name.
    let schema: String?

    /// Throws `bad_connection_string`, or `bad_schema_name` for anything but small letters, digits and `_`.
    init(_ conninfo: Secret, schema: String?) throws {
        if let schema, !Self.isName(schema) {
            throw HubError(
                .invalid, "bad_schema_name",
                "A schema's name has 1 to 63 small letters, digits and _, and starts with a letter.")
        }
        self.conninfo = conninfo
        self.schema = schema
        isLocal = try Self.hosts(conninfo).allSatisfy(Self.isHere)
    }

    func connect() throws -> PostgresSession {
        // libpq lets later keywords win: what stands before `dbname` is a default, what stands after it is fixed.
        var parameters = [
            ("connect_timeout", "5"), ("fallback_application_name", "linchpin"),
        ]
        if !isLocal { parameters.append(("sslmode", "verify-full")) }
        let text = conninfo.reveal { String(decoding: $0, as: UTF8.self) }
        parameters += [("dbname", text), ("client_encoding", "UTF8")]
        guard let connection = Self.open(parameters) else { throw PostgresFailure.unreachable("no memory") }
        guard PQstatus(connection) == CONNECTION_OK else {
            let why = Self.reason(PQerrorMessage(connection).map { String(cString: $0) } ?? "")
            PQfinish(connection)
            throw PostgresFailure.unreachable(why)
        }
        let session = PostgresSession(connection)
        try prepare(session)
        return session
    }

    private func prepare(_ session: PostgresSession) throws {
        for (name, value) in [
            ("TimeZone", "UTC"), ("bytea_output", "hex"), ("standard_conforming_strings", "on"),
            ("statement_timeout", String(Limits.statementMilliseconds.value)),
            ("idle_in_transaction_session_timeout", String(Limits.statementMilliseconds.value)),
        ] {
            _ = try session.rows("SELECT set_config($1, $2, false)", [.text(name), .text(value)])
        }
        if let schema {
            _ = try session.rows("SELECT set_config('search_path', $1, false)", [.text("\"\(schema)\"")])
        }
        let settings = try session.rows(
            """
            SELECT current_setting('synchronous_commit') AS commit, current_setting('fsync') AS sync,
            current_setting('server_encoding') AS encoding
            """, [])
        guard let found = settings.first else { throw PostgresFailure.unreachable("no settings") }
        try Self.check(commit: found.text("commit"), sync: found.text("sync"), encoding: found.text("encoding"))
    }

    /// Fails closed: an acknowledged write is on the disk, and text is text.
    static func check(commit: String, sync: String, encoding: String) throws {
        guard ["on", "local", "remote_write", "remote_apply"].contains(commit), sync == "on" else {
            throw HubError(
                .internal, "store_not_durable",
                "The database answers before a change is on its disk. Set synchronous_commit and fsync to on.",
                detail: "synchronous_commit \(commit), fsync \(sync)")
        }
        guard encoding == "UTF8" else {
            throw HubError(
                .internal, "store_not_unicode", "The database does not keep Unicode. Create it with ENCODING 'UTF8'.",
                detail: "server_encoding \(encoding)")
        }
    }

    private static func open(_ parameters: [(String, String)]) -> OpaquePointer? {
        var texts: [[CChar]] = []
        for (keyword, value) in parameters { texts += [keyword.cText, value.cText] }
        return pointers(to: texts[...]) { all in
            let keywords = stride(from: 0, to: all.count, by: 2).map { all[$0] } + [nil]
            let values = stride(from: 1, to: all.count, by: 2).map { all[$0] } + [nil]
            return PQconnectdbParams(keywords, values, 1)
        }
    }

    private static func pointers<R>(
        to texts: ArraySlice<[CChar]>, _ found: [UnsafePointer<CChar>?] = [],
        _ body: ([UnsafePointer<CChar>?]) -> R
    ) -> R {
        guard let first = texts.first else { return body(found) }
        return first.withUnsafeBufferPointer { buffer in
            pointers(to: texts.dropFirst(), found + [buffer.baseAddress], body)
        }
    }
}

extension PostgresConnector {
    /// The hosts that the text names, `host` and `hostaddr`; libpq's message about a bad one would quote it.
    static func hosts(_ conninfo: Secret) throws -> [String] {
        let bytes = conninfo.reveal { $0 }
        guard !bytes.contains(0), let options = PQconninfoParse(String(decoding: bytes, as: UTF8.self), nil) else {
            throw HubError(
                .invalid, "bad_connection_string",
                "The PostgreSQL connection string cannot be read. It looks like: host=… user=… dbname=…")
        }
        defer { PQconninfoFree(options) }
        var hosts: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if ["host", "hostaddr"].contains(String(cString: keyword)), let value = option.pointee.val {
                hosts += String(cString: value).split(separator: ",").map(String.init)
            }
            option += 1
        }
        return hosts
    }

    /// A socket's folder (or no host: the default socket) or a loopback address.
    static func isHere(_ host: String) -> Bool {
        host.hasPrefix("/") || host.hasPrefix("@") || ["localhost", "127.0.0.1", "::1"].contains(host)
    }

    static func isName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), let first = bytes.first, first >= UInt8(ascii: "a") else { return false }
        return bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_")
        }
    }

    /// Why it failed, in our words: libpq's repeat host, user and database.
    static func reason(_ message: String) -> String {
        let known = [
            ("password authentication failed", "the server refuses the user or the password"),
            ("no password supplied", "the server wants a password and none is given"),
            ("pg_hba.conf", "the server lets nobody in from here as that user"),
            ("does not exist", "the server has no such database or user"),
            ("too many", "the server has no free session"),
            ("starting up", "the server is starting up"),
            ("shutting down", "the server is shutting down"),
            ("could not translate", "the host's name does not resolve"),
            ("certificate", "the server's certificate does not pass"),
            ("SSL", "TLS failed"),
            ("timeout", "the server did not answer in time"),
            ("No such file", "nothing listens there"),
            ("refused", "nothing listens there"),
        ]
        return known.first { message.contains($0.0) }?.1 ?? "the connection failed"
    }
}

extension String {
    /// The bytes with a NUL behind them.
    fileprivate var cText: [CChar] { utf8.map { CChar(bitPattern: $0) } + [0] }
}
