import Core

extension DoctorCheck {
    static let loops = DoctorCheck("loops") { hub in
        guard let parts = hub.running else { return .skipped }
        let failing = parts.health.failingNow
        guard failing.isEmpty else {
            return .fail(
                "Failing: \(failing.joined(separator: ", ")).",
                next: "See what the hub wrote to standard error; each is tried again by itself.")
        }
        return .ok("\(parts.loops.count) of \(parts.loops.count) run")
    }
}
