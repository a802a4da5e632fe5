import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Storage
import StorageSQLite

/// The most that this machine could do: the same HTTP library with the same bounds, and handlers that do the bare work.
struct LimitServer: Sendable {
    let store: String

    func run() async throws {
        let database = try SQLiteDatabase(path: store)
        try await database.migrate(
            "limit-001",
            [.createTable(TableDefinition("limit_row", [.sequence("seq"), .text("id"), .text("note")]))],
            at: Timestamp(epochSeconds: 0))
        var logger = Logger(label: "limit")
        logger.logLevel = .critical
        var http = HTTP1Channel.Configuration(idleTimeout: .seconds(Int64(Limits.idleConnectionSeconds.value)))
        http.httpDecoder = .init(
            maxHeaderFieldSize: Limits.headerBytes.value, maxHeaderListSize: Limits.headerBytes.value,
            maxHeaderFieldCount: Limits.headerFields.value)
        let application = Application(
            responder: LimitResponder(database: database), server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: 0), serverName: nil, reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections.value)),
            onServerRunning: { channel in
                print("limit http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
                fflush(nil)
            }, logger: logger)
        try await application.runService()
        await database.close()
    }
}

/// `/empty`, `/read/{sys_id}` and `/insert`, and `/outside/{id}` for calls that leave the hub.
struct LimitResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let database: SQLiteDatabase

    func respond(to request: Request, context: Context) async throws -> Response {
        let path = request.head.path ?? ""
        switch request.method {
        case .get where path == "/empty": return Response(status: .ok)
        case .get where path.hasPrefix("/read/"): return try await read(String(path.dropFirst(6)))
        case .get where path.hasPrefix("/outside/"): return Self.json(["id": .string(String(path.dropFirst(9)))])
        case .post where path == "/insert":
            let body = request.body
            _ = try await body.collect(upTo: Limits.openBodyBytes.value)
            return try await insert()
        default: return Response(status: .notFound)
        }
    }

    /// The same row by the same key, and the same JSON.
    private func read(_ id: String) async throws -> Response {
        let rows = try await database.read { reader in
            try reader.rows("SELECT * FROM rec_incident WHERE sys_id = $1 LIMIT 1", [.text(id)])
        }
        guard let row = rows.first else { return Response(status: .notFound) }
        var object = JSONObject()
        for (column, value) in zip(row.columns, row.values) where !column.hasSuffix("_folded") {
            switch value {
            case .null: object[column] = ""
            case .int(let number): object[column] = .string(String(number))
            case .text(let text): object[column] = .string(text)
            case .blob: break
            }
        }
        return Self.json(["result": .object(object)])
    }

    /// One row, synced together with those of others that wait.
    private func insert() async throws -> Response {
        let id = Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
        try await database.write(.bookkeeping("the limit")) { writer in
            try writer.run("INSERT INTO limit_row (id, note) VALUES ($1, $2)", [.text(id), .text("a row")])
        }
        return Self.json(["id": .string(id)])
    }

    private static func json(_ json: JSON) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
