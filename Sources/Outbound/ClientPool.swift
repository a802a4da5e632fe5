import AsyncHTTPClient
import Core
import NIOCore
import Ports
import Synchronization

/// The socket leads to an address that the policy forbids.
struct ForbiddenAddress: Error {}

/// One HTTP client per host and vetted address: AsyncHTTPClient overrides DNS per client only.
final class ClientPool: Sendable {
    struct Key: Hashable, Sendable {
        let host: String
        /// Of the host, or of the proxy.
        let address: IPAddress
        let toLoopback: Bool
        /// `Passage.mark`.
        var passage: [UInt8] = []
    }

    /// A client on loan.
    struct Taken: Sendable {
        let client: OwnedClient
        let connections: Connections
    }

    private struct Entry: Sendable {
        let taken: Taken
        var users: Int
        var lastUse: UInt64
    }

    private struct State: Sendable {
        var entries: [Key: Entry] = [:]
        var uses: UInt64 = 0
        var isClosed = false
    }

    private let policy: AddressPolicy
    private let bounds: OutboundClient.Bounds
    private let state = Mutex(State())

    init(policy: AddressPolicy, bounds: OutboundClient.Bounds) {
        self.policy = policy
        self.bounds = bounds
    }

    /// The key's client, made for the passage if there is none. Give it back.
    func take(_ key: Key, _ passage: Passage) throws(OutboundFailure) -> Taken {
        let taken: Taken?
        do { taken = try state.withLock { state in try take(key, passage, &state) } } catch {
            throw .notSent(
                reason: "passage_unusable",
                says: "the connection's trusted authorities or its client certificate can't be used. Set them again.")
        }
        guard let taken else {
            throw .notSent(
                reason: "outbound_busy", says: "too many outside hosts are in use at once, or the hub is stopping.")
        }
        return taken
    }

    func giveBack(_ key: Key) { state.withLock { $0.entries[key]?.users -= 1 } }

    func shutdown() async throws {
        let clients = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.taken.client)
        }
        for client in clients { try await client.shutdown() }
    }

    /// Nil if the pool is closed, or full of clients in use; an idle one gives way.
    private func take(_ key: Key, _ passage: Passage, _ state: inout State) throws -> Taken? {
        guard !state.isClosed else { return nil }
        state.uses += 1
        if let entry = state.entries[key] {
            state.entries[key]?.users += 1
            state.entries[key]?.lastUse = state.uses
            return entry.taken
        }
        let connections = Connections()
        let configuration = try configuration(key, passage, connections)
        if state.entries.count >= Limits.outboundClients.value {
            let idle = state.entries.filter { $0.value.users == 0 }
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else { return nil }
            state.entries[oldest] = nil
        }
        let taken = Taken(client: OwnedClient(configuration), connections: connections)
        state.entries[key] = Entry(taken: taken, users: 1, lastUse: state.uses)
        return taken
    }

    private func configuration(
        _ key: Key, _ passage: Passage, _ connections: Connections
    ) throws -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try passage.tls(), redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(Int64(bounds.connectMilliseconds)),
                read: .milliseconds(Int64(bounds.totalMilliseconds)),
                write: .milliseconds(Int64(bounds.totalMilliseconds))),
            connectionPool: .init(idleTimeout: .seconds(Int64(Limits.idleConnectionSeconds.value))),
            proxy: passage.proxying(at: key.address), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // A proxy is told the name, and resolves it itself.
        if IPAddress(key.host) == nil, passage.proxy == nil {
            configuration.dnsOverride = [key.host: key.address.description]
        }
        configuration.http1_1ConnectionDebugInitializer = check(key, passage, connections)
        configuration.http2ConnectionDebugInitializer = check(key, passage, connections)
        return configuration
    }

    /// Judges where the socket really leads and whose key is there, after the handshake and before the first request.
    private func check(
        _ key: Key, _ passage: Passage, _ connections: Connections
    ) -> @Sendable (any Channel) -> EventLoopFuture<Void> {
        let policy = policy
        return { channel in
            let address = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
            if let address, !policy.forbids(address, toLoopback: key.toLoopback) {
                return passage.checkPins(channel).map { connections.opened(channel) }
                    .flatMapError { Self.refuse(channel, $0) }
            }
            return Self.refuse(channel, ForbiddenAddress())
        }
    }

    /// The channel has started: AsyncHTTPClient does not close it when we fail.
    private static func refuse(_ channel: any Channel, _ error: any Error) -> EventLoopFuture<Void> {
        channel.close().recover { _ in () }.flatMapThrowing { throw error }
    }
}
