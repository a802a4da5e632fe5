import Core
import OAuthServer

extension DoctorCheck {
    static let wholeAccounts = DoctorCheck(
        "whole accounts", none: "no client may do whatever its user may",
        named: { try OAuthServer.clientsWithWholeAccounts(in: $0) },
        warn: { first, others in
            .warn(
                "Client \(first)\(others) holds the scope \(ScopeName.userAccount), so a stolen token of it does whatever "
                    + "its user may.",
                next: "Name the scopes that it needs: linchpin client update \(first) --scope NAME")
        })
}
