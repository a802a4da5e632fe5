import NIOCore

/// The address of a connection's other end, read once for all requests that come on it.
enum OtherEnd {
    /// That of the connection whose task this is; requests of HTTP/1.1 and streams of HTTP/2 inherit it.
    @TaskLocal static var address = "-"

    /// As the system writes it, one of IPv4 as such also where it is mapped (RFC 4291 §2.5.5.2); `-` on the hub's own
    /// socket.
    static func address(of channel: any Channel) -> String {
        guard let address = channel.remoteAddress?.ipAddress else { return "-" }
        guard address.contains(":"), address.contains("."), let inner = address.split(separator: ":").last else {
            return address
        }
        return String(inner)
    }
}
