import Core

extension DoctorCheck {
    static let masterKey = DoctorCheck("master key") { hub in
        do { _ = try MasterKey.load(hub.configuration, mayCreate: false, hub.effects) } catch let error as HubError {
            return .fail(error.message, next: "Bring the key back from where it is kept, mode 0600.")
        }
        return .ok(
            hub.configuration.masterKey == nil
                ? "in \(hub.configuration.masterKeyFile), readable by its owner alone" : "from LINCHPIN_MASTER_KEY")
    }
}
