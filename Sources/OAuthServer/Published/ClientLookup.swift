import Core
import Ports
import Storage

/// Finds the client behind a `client_id`: an entry of the registry, or what a document at that address says.
///
/// A document becomes a row like any other client's, so that nothing else need know where it came from. The row follows the
/// document and the configuration; whether it is switched on stays with the administrators.
struct ClientLookup: Sendable {
    /// For whom documents are fetched.
    enum Reach: Sendable {
        /// For nobody: as the row is.
        case row
        /// For a client that has a row.
        case known
        /// For any address. Only for somebody who is signed in: a stranger makes the hub fetch nothing.
        case any
    }

    private let database: any Database
    private let effects: Effects
    private let allowed: [String]
    private let published: Published<ClientDocument>

    init(
        database: any Database, effects: Effects, documents: (any DocumentFetching)?, rules: RegistrationRules
    ) {
        self.database = database
        self.effects = effects
        allowed = rules.documentScopes
        // §5.2: our own bounds around what the source says; a failure is not kept.
        let terms = Published<ClientDocument>.Terms(
            keep: 300...Int64(Limits.clientDocumentSeconds.value), standard: 3_600,
            again: Int64(Limits.clientDocumentAgainSeconds.value))
        published = Published(documents, terms) { ClientDocument($0, at: $1) }
    }

    /// Whether it is an address where a document would be looked for.
    func isAddress(_ id: String) -> Bool { !allowed.isEmpty && ClientDocument.isAddress(id) }

    /// The client, as it is or becomes by its document; nil for none.
    func client(_ id: String, _ reach: Reach, by cause: Cause) async throws -> Client? {
        guard id.utf8.starts(with: "https://".utf8) else {
            return try await database.read { try ClientStore.presented(id, in: $0) }
        }
        // Where documents do not count, neither does what came of them.
        guard isAddress(id) else { return nil }
        let found = try await database.read { reader in
            try ClientStore.presented(id, in: reader).map {
                (client: $0, seenAt: try ClientDocumentStore.seenAt($0.id, in: reader))
            }
        }
        var row = found?.client
        row?.scopes.removeAll { !allowed.contains($0) }
        guard reach == .any || (reach == .known && row != nil) else { return row }
        guard let reading = await published.reading(at: id, for: "a client's document", at: cause.now) else {
            // §5.1: a failed fetch ends the request. Within a day of its last reading, by another hub perhaps, the row counts.
            let isFresh = found?.seenAt.map { cause.now.milliseconds(since: $0) < Self.staleMilliseconds } ?? false
            return isFresh ? row : nil
        }
        // Another hub has read it later, and the row says what it read.
        if let seenAt = found?.seenAt, reading.at < seenAt { return row }
        return try await keep(reading, at: id, found, by: cause)
    }

    private static let staleMilliseconds = Int64(Limits.fetchedStaleSeconds.value) * 1_000

    /// The row that follows from a document; written only where it differs, or was last noted an hour before this reading.
    private func keep(
        _ reading: Published<ClientDocument>.Reading, at id: String, _ found: (client: Client, seenAt: Timestamp?)?,
        by cause: Cause
    ) async throws -> Client? {
        let document = reading.value
        let settings = try document.settings(over: found?.client.settings ?? ClientSettings())
        let scopes = document.scopes(within: allowed)
        if let found, found.client.settings == settings, found.client.scopes == scopes,
            found.seenAt.map({ reading.at.milliseconds(since: $0) < 3_600_000 }) ?? false
        {
            return found.client
        }
        let fresh = Client(
            id: .new(effects), publicID: id, name: id, application: "global", isActive: true,
            // Nobody: it is public, and acts for the people who allow it.
            user: UserID("-"), tokenSeconds: Int64(Limits.accessTokenSeconds.value), epoch: 0, createdAt: cause.now,
            updatedAt: cause.now, scopes: scopes, secrets: [], settings: settings)
        return try await database.write(.bookkeeping("a client's document, with an event where it changes anything")) {
            writer in
            guard let before = try ClientStore.presented(id, in: writer) else {
                guard try ClientDocumentStore.hasRoom(in: writer), try ClientStore.insert(fresh, in: writer) else {
                    return nil
                }
                try ClientDocumentStore.see(fresh.id, at: reading.at, in: writer)
                try writer.changed(fresh.configRow, before: nil, after: fresh.history, by: cause)
                return fresh
            }
            if let seenAt = try ClientDocumentStore.seenAt(before.id, in: writer), reading.at < seenAt { return before }
            try ClientDocumentStore.see(before.id, at: reading.at, in: writer)
            let now = try document.settings(over: before.settings)
            guard now != before.settings || scopes != before.scopes else { return before }
            return try ClientStore.apply(
                ClientChange(scopes: scopes, settings: { _ in now }), to: before, by: cause, in: writer)
        }
    }
}

/// The table `client_document`.
enum ClientDocumentStore {
    /// When the document was last looked at; nil for a client without one.
    static func seenAt(_ client: ClientID, in reader: any SQLReader) throws -> Timestamp? {
        try reader.row(
            "SELECT seen_at FROM client_document WHERE client_ref = $1", [.text(client.rawValue)]
        ).map { Timestamp(epochMilliseconds: try $0.int("seen_at")) }
    }

    static func see(_ client: ClientID, at now: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO client_document (client_ref, seen_at) VALUES ($1, $2)
            ON CONFLICT (client_ref) DO UPDATE SET seen_at = excluded.seen_at
            """, [.text(client.rawValue), .int(now.epochMilliseconds)])
    }

    static func hasRoom(in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT COUNT(*) AS n FROM client_document", [])?.int("n") ?? 0
            < Int64(Limits.clientDocuments.value)
    }

    /// Deletes clients whose document nobody asked for since, at most so many; returns how many.
    static func sweep(before moment: Timestamp, most: Int, by cause: Cause, in writer: any SQLWriter) throws -> Int {
        let rows = try writer.rows(
            """
            SELECT c.id AS id FROM client_document d JOIN client c ON c.id = d.client_ref
            WHERE d.seen_at <= $1 ORDER BY d.seen_at LIMIT $2
            """, [.int(moment.epochMilliseconds), .int(Int64(most))])
        for row in rows {
            try ClientStore.delete(try ClientStore.get(try row.text("id"), in: writer), by: cause, in: writer)
        }
        return rows.count
    }
}
