import Core
import HTTPTypes
import NIOHTTP1

/// A request names its host once, in a form that a host can have.
enum HostRule {
    /// RFC 9112 §3.2 (MUST): one Host in a request of HTTP/1.1.
    static func broken(by head: HTTPRequestHead) -> HubError? {
        let hosts = head.headers["host"]
        // HTTP/1.0 knows no Host; health checks of load balancers send none.
        if hosts.isEmpty, head.version == .http1_0 { return nil }
        return broken(by: hosts)
    }

    /// RFC 9113 §8.3.1: the authority in a request of HTTP/2, and a Host only if it says the same.
    static func broken(by head: HTTPRequest) -> HubError? {
        var hosts = head.authority.map { [$0] } ?? []
        hosts += head.headerFields.filter { $0.name.canonicalName == "host" }.map(\.value)
        if hosts.count == 2, Array(hosts[0].utf8) == Array(hosts[1].utf8) { hosts.removeLast() }
        return broken(by: hosts)
    }

    private static func broken(by hosts: [String]) -> HubError? {
        guard hosts.count == 1 else {
            return HubError(.invalid, "bad_host", "A request names its host once, this one \(hosts.count) times.")
        }
        guard hosts[0].utf8.allSatisfy(isHostByte) else {
            return HubError(.invalid, "bad_host", "The Host header is not a host and a port.")
        }
        return nil
    }

    // RFC 3986 §3.2.2: unreserved, percent, sub-delims, and what brackets and a port need. A comma would be a list.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%!$&'()*+;=:[]".utf8.contains(byte)
        }
    }
}
