import Core

extension DoctorCheck {
    /// Where the hub listens, and how; a certificate's end belongs here.
    static let listener = DoctorCheck("listener") { hub in
        .ok("plain HTTP on \(hub.configuration.host), which this machine alone reaches")
    }
}
