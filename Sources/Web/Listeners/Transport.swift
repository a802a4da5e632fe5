import Core
import HTTPTypes
import Hummingbird
import Keys
import Logging
import NIOCore

/// Joins Hummingbird to a pipeline: hands on the request with its body unread, writes the answer.
struct Transport: HTTPResponder {
    typealias Context = PeerContext

    /// Reads a request and answers it.
    let answer: @Sendable (Pipeline.Incoming) async -> WebReply
    let peer: Peer

    func respond(to request: Request, context: Context) async throws -> Response {
        let incoming = Pipeline.Incoming(
            method: request.method.rawValue, rawTarget: request.head.path ?? "",
            headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
            body: { most, share in await Self.body(of: request, most, share) }, peer: peer,
            address: context.address, host: request.head.authority, isStream: context.isStream,
            certificate: context.certificate)
        let reply = await answer(incoming)
        if reply.drops { try await context.channel.close() }
        if reply.hangs || reply.drops { try await Self.wait() }
        return Self.response(reply, isHead: request.method == .head)
    }

    /// Waits until the caller gives up: the connection's task is cancelled then.
    private static func wait() async throws {
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        try Task.checkCancellation()
    }

    private static func body(of request: Request, _ most: Int, _ share: OpenBodies.Share?) async -> Pipeline.Body {
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= most else { return .tooLarge }
                if let share, !share.take(part.readableBytes) { return .noRoom }
                bytes.append(contentsOf: part.readableBytesView)
            }
            return .whole(bytes)
        } catch is BodyClock.TooSlow {
            return .tooSlow
        } catch {
            // The transport's own errors say nothing that the caller does not know.
            return .brokenOff
        }
    }

    /// The names that answers have again and again, read once.
    private static let names: [String: HTTPField.Name] = {
        let often = [
            "cache-control", "content-type", "location", "pragma", "www-authenticate", "x-content-type-options",
            "x-correlation-id", "x-total-count",
        ]
        return Dictionary(uniqueKeysWithValues: often.compactMap { text in HTTPField.Name(text).map { (text, $0) } })
    }()

    private static func response(_ reply: WebReply, isHead: Bool) -> Response {
        var fields = HTTPFields()
        fields.reserveCapacity(reply.headers.count + 3)
        var hasType = false
        for (text, value) in reply.headers {
            guard let name = names[text] ?? HTTPField.Name(text) else { continue }
            if text == "content-type" { hasType = true }
            fields.append(HTTPField(name: name, value: value))
        }
        guard let bytes = reply.raw ?? reply.body?.bytes, reply.status != 204 else {
            return Response(status: .init(code: reply.status), headers: fields)
        }
        if !hasType { fields.append(HTTPField(name: .contentType, value: "application/json")) }
        if isHead {
            fields[.contentLength] = String(bytes.count)
            return Response(status: .init(code: reply.status), headers: fields)
        }
        return Response(
            status: .init(code: reply.status), headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// What the transport knows of a request beside its bytes.
struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, or the stream of HTTP/2.
    let channel: any Channel
    /// Whether it is one stream of HTTP/2.
    let isStream: Bool
    /// The address of the connection's other end.
    let address: String
    /// The client certificate of the connection; nil where none was asked for or shown.
    let certificate: PeerCertificate?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        // A connection's parent is the listening socket; a stream's is its connection.
        isStream = source.channel.parent?.parent != nil
        channel = source.channel
        address = OtherEnd.address
        certificate = ShownCertificate.current?.certificate
    }
}

/// What refusals are counted by.
enum CallerNetwork {
    /// An address of IPv4 itself; of IPv6 the first 64 bits, since whoever has
    /// one address has them all (§2.5.4).
    ///
    /// - Parameter address: as `OtherEnd` has it.
    static func of(_ address: String) -> String {
        guard address.contains(":") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.split(separator: ":") }
        let (left, right) = (halves.first ?? [], halves.dropFirst().first ?? [])
        let groups = left + Array(repeating: "0", count: max(0, 8 - left.count - right.count)) + right
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
