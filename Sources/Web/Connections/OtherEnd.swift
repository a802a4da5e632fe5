import NIOCore

/// The address of a connection's other end, read once for all requests that come on it.
enum OtherEnd {
    /// That of the connection whose task this is; requests of HTTP/1.1 and streams of HTTP/2 inherit it.
    @TaskLocal static var address = gone

    /// Stands for the hub's own socket, which has no address.
    static let ownSocket = "-"

    /// Stands for a caller who was gone before anybody could ask for the address.
    static let gone = "?"

    /// Of a connection. Ask as it begins: a caller who breaks it off takes the address along.
    static func address(of channel: any Channel) -> String {
        switch channel.remoteAddress {
        case .v4(let address)?: spelled(SocketAddress.v4(address).ipAddress ?? gone)
        case .v6(let address)?: spelled(SocketAddress.v6(address).ipAddress ?? gone)
        case .unixDomainSocket?: ownSocket
        case nil: gone
        }
    }

    /// An address as the system writes it (RFC 5952 §4); one of IPv4 as such, also where it is mapped into IPv6
    /// (RFC 4291 §2.5.5.2).
    static func spelled(_ address: String) -> String {
        guard address.contains(":"), address.contains("."), let inner = address.split(separator: ":").last else {
            return address
        }
        return String(inner)
    }
}
