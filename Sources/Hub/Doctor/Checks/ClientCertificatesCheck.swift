import Core
import Keys
import OAuthServer
import Storage

extension DoctorCheck {
    /// Whether clients that are registered with certificates can show them, and who vouches for them.
    static let clientCertificates = DoctorCheck("client certificates") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try OAuthServer.clientsWithCertificates(in: $0) }
        guard hub.configuration.clientCertificates.areAskedFor else {
            guard let first = names.first else { return .ok("no connection is asked for one, and no client needs it") }
            return .warn(
                "Client \(Shown.name(first))\(DoctorCheck.others(of: names.count)) needs its certificate to get tokens, "
                    + "and no connection is asked for one.",
                next: "Set LINCHPIN_TLS_CLIENT_CERTIFICATES=optional and start the hub again.")
        }
        guard let authorities = try hub.configuration.clientCertificates.load().authorities else {
            return .ok("connections are asked for one; those count that clients registered")
        }
        let (subject, ends) = authorities.firstEnd
        let soon = hub.effects.now().adding(days: Limits.trustRootWarningDays.value)
        guard ends < soon else { return .ok("connections are asked for one; the authorities are in their time") }
        return .warn(
            "The authority \(Shown.name(subject)), which vouches for clients, ends on \(ends.rfc3339).",
            next: "Add its successor to the file of LINCHPIN_TLS_CLIENT_AUTHORITIES and start the hub again.")
    }
}
