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
        let hanging = parts.hanging
        guard hanging.isEmpty else {
            return .fail(
                "No turn came to its end for too long: \(hanging.joined(separator: ", ")).",
                next: "See what the hub wrote to standard error, then start it again.")
        }
        return .ok("\(parts.loops.count) of \(parts.loops.count) run")
    }
}
