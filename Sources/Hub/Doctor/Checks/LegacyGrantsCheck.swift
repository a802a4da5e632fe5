import Core
import OAuthServer
import Storage

extension DoctorCheck {
    static let legacyGrants = DoctorCheck("legacy grants") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try OAuthServer.clientsWithLegacyGrants(in: $0) }
        guard let first = names.first else { return .ok("no client takes passwords, or tokens by the address") }
        return .warn(
            "Client \(Shown.name(first))\(DoctorCheck.others(of: names.count)) may take people's passwords (password) or "
                + "get tokens in the browser's address (implicit), where others can read them.",
            next: "Let it ask by code, then: linchpin client update \(Shown.name(first)) --grant authorization_code")
    }
}
