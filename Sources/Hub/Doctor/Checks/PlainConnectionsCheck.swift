import Vault

extension DoctorCheck {
    static let plainConnections = DoctorCheck(
        "plain connections", none: "none", named: { try Vault.plainConnections(in: $0) },
        warn: { first, others in
            .warn(
                "\(first)\(others) may speak plain HTTP to this machine.",
                next: "Fit for a sandbox alone; give a real one its https URL.")
        })
}
