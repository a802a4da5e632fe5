import Core
import OAuthServer
import Storage

extension DoctorCheck {
    static let wholeAccounts = DoctorCheck("whole accounts") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try OAuthServer.clientsWithWholeAccounts(in: $0) }
        guard let first = names.first else { return .ok("no client may do whatever its user may") }
        return .warn(
            "Client \(Shown.name(first))\(DoctorCheck.others(of: names.count)) holds the scope "
                + "\(ScopeName.userAccount), so a stolen token of it does whatever its user may.",
            next: "Name the scopes that it needs: linchpin client update \(Shown.name(first)) --scope NAME")
    }
}
