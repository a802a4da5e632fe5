import Core

extension DoctorCheck {
    static let schema = DoctorCheck("schema") { hub in
        guard let database = hub.database else { return .skipped }
        do {
            switch try await StoreSchema.of(database) {
            case .current: return .ok("the one of this program, \(Hub.version)")
            case .new: return .warn("Nothing was ever kept here.", next: "Start the hub once: linchpin serve")
            case .older(let missing):
                return .warn("\(missing.count) changes behind this program.", next: "Run: linchpin update")
            }
        } catch let error as HubError where error.reason == "schema_newer" {
            return .fail(error.message, next: "Start the newer program.")
        }
    }
}
