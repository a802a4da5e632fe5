import Core

extension DoctorCheck {
    /// Where the hub listens, and how; what is the matter with its certificate.
    static let listener = DoctorCheck("listener") { hub in
        let host = Shown.name(hub.configuration.host)
        switch hub.configuration.tls {
        case nil: return .ok("plain HTTP on \(host), which this machine alone reaches")
        case .files(let certificate, _):
            if let says = hub.attention?[Attention.certificate] {
                return .warn(
                    says, next: "Put a certificate that is good into \(certificate), with its key; the hub takes it.")
            }
            return .ok("HTTPS on \(host), certificate \(certificate)")
        case .trial:
            return .warn(
                hub.attention?[Attention.certificate] ?? "HTTPS on \(host) by a certificate that nobody vouches for.",
                next:
                    "Fit for a trial alone; name a certificate of your own: LINCHPIN_TLS_CERTIFICATE, LINCHPIN_TLS_KEY."
            )
        }
    }
}
