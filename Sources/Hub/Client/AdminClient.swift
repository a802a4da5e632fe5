public import Core
import Foundation
import Outbound
import Ports

/// Speaks to a running hub through its own socket: what the command line and the demo use.
public struct AdminClient: Sendable {
    private let local: LocalClient
    private let data: String
    private let socket: String
    private let start: String

    /// A client of the hub that runs on this data folder.
    ///
    /// - Parameter start: the command that would start it, for the message when none runs.
    public init(data: String, start: String = "linchpin serve") {
        self.start = start
        self.data = data
        socket = "\(data)/hub.sock"
        local = LocalClient(socketPath: socket)
    }

    /// Calls an operation: `call("POST", "/clients", […])`.
    ///
    /// - Parameter milliseconds: how long the answer may take; a backup takes longer than most.
    /// - Returns: the answer's JSON; `.null` for 204.
    /// - Throws: `HubError` with the hub's own words for a refusal or a failure, or `unavailable` when no hub runs.
    public func call(
        _ method: String, _ path: String, _ body: JSON? = nil, milliseconds: Int? = nil
    ) async throws -> JSON {
        try refuseForeign()
        let reply: OutboundReply
        do {
            reply = try await local.call(
                method: method, path: "/api/linchpin/v1" + path, body: body?.bytes,
                headers: body == nil ? [] : [("content-type", "application/json")],
                milliseconds: milliseconds)
        } catch {
            switch error {
            case .notSent:
                throw HubError(
                    .unavailable, "no_hub", "No hub answers at \(socket). Start one: \(start)",
                    detail: "\(error)")
            case .unknown(let reason, let says):
                throw HubError(
                    .unavailable, reason, "The hub at \(socket) was asked, but \(says) Look before you ask again.")
            }
        }
        if reply.status == 204 { return .null }
        let json = try JSON.read(reply.body, members: Limits.localMembers)
        guard (200..<300).contains(reply.status) else { throw Self.refusal(reply.status, json) }
        return json
    }

    /// Lets the connection go.
    public func close() async throws { try await local.close() }

    /// A socket in a folder that others made could be anybody's, and would be handed secrets. Root may name another
    /// user's folder, by its whole path.
    private func refuseForeign() throws {
        guard DiskFile.exists(data) else { return }
        try DataFolder.refuseForeign(data, mayBeForeign: geteuid() == 0 && data.hasPrefix("/"))
    }

    private static func refusal(_ status: Int, _ json: JSON) -> HubError {
        let correlation = json["correlation"]?.string ?? "-"
        return HubError(
            .init(status: status), json["reason"]?.string ?? "failed",
            json["detail"]?.string ?? "The hub answered \(status).",
            detail: correlation)
    }
}
