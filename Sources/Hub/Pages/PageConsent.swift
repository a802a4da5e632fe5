import Core
import Vault

/// What a browser gets that comes back from a provider where somebody consented.
public enum ConsentReturn: Sendable, Equatable {
    /// Nobody waits for it, or no longer.
    case unknown
    /// The console goes on: the credential's id, the consent's, and the code that only this browser has.
    case session(credential: String, consent: String, code: String)
    /// The starter waits elsewhere and must be told this code.
    case code(String, credential: String)
}

extension PageRequest {
    /// Parks what the browser brings, for whoever began the consent. Nothing is fetched and nothing stored yet.
    public func consentComesBack() async throws -> ConsentReturn {
        switch try await hub.parts.custodian.comeBack(query, at: now) {
        case .unknown: .unknown
        case .session(let credential, let consent, let code):
            .session(credential: credential, consent: consent, code: code)
        case .code(let code, let credential): .code(code, credential: credential)
        }
    }
}
