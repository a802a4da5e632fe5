import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Joins Hummingbird to a pipeline: reads the request whole and bounded, writes the answer.
struct Transport: HTTPResponder {
    typealias Context = BasicRequestContext

    /// Reads a request and answers it.
    let answer: @Sendable (Pipeline.Incoming) async -> WebReply
    let peer: Peer

    func respond(to request: Request, context: Context) async throws -> Response {
        let incoming = Pipeline.Incoming(
            method: request.method.rawValue, rawTarget: request.head.path ?? "",
            headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
            body: try await Self.body(of: request), peer: peer)
        let reply = await answer(incoming)
        if reply.hangs { try await Self.wait() }
        return Self.response(reply, isHead: request.method == .head)
    }

    /// Waits until the caller gives up: the connection's task is cancelled then.
    private static func wait() async throws {
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        try Task.checkCancellation()
    }

    /// The body, nil when it is over its bound.
    private static func body(of request: Request) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= Limits.requestBodyBytes.value else { return nil }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    private static func response(_ reply: WebReply, isHead: Bool) -> Response {
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        guard let bytes = reply.raw ?? reply.body?.bytes, reply.status != 204 else {
            return Response(status: .init(code: reply.status), headers: fields)
        }
        if fields[.contentType] == nil { fields[.contentType] = "application/json" }
        if isHead {
            fields[.contentLength] = String(bytes.count)
            return Response(status: .init(code: reply.status), headers: fields)
        }
        return Response(
            status: .init(code: reply.status), headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
