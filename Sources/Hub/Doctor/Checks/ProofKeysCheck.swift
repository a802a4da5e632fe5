import Core
import OAuthServer
import Storage

extension DoctorCheck {
    static let proofKeys = DoctorCheck("proof keys") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try OAuthServer.clientsWithoutPKCE(in: $0) }
        guard let first = names.first else { return .ok("no client may leave the proof key out") }
        return .warn(
            "Client \(Shown.name(first))\(DoctorCheck.others(of: names.count)) may ask for codes without a proof key, "
                + "so whoever steals a code can use it.",
            next: "Let it send code_challenge, then: linchpin client update \(Shown.name(first)) --without-pkce false")
    }
}
