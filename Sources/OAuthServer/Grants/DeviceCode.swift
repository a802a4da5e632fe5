import Core
import Keys
import Ports
import Storage

extension GrantType {
    /// RFC 8628 §3.4: a device without a browser asks whether a person has allowed it elsewhere by now.
    static let deviceCode = GrantType(name: "urn:ietf:params:oauth:grant-type:device_code") { request in
        guard let text = request.form["device_code"] else { return .failure(.deviceCodeMissing) }
        guard MachineSecret.isWellFormed(text, .deviceCode) else { return .failure(.deviceCodeUnknown) }
        let hash = MachineSecret.hash(Secret(text))
        guard let device = try await request.database.read({ try DeviceStore.find(hash, in: $0) }) else {
            return .failure(.deviceCodeUnknown)
        }
        // RFC 8628 §3.4, RFC 6749 §5.2: issued to this client.
        guard device.client == request.client.id else { return .failure(.deviceCodeOfAnother) }
        switch device.state(at: request.now) {
        case .used: return .failure(.deviceCodeUsed)
        case .expired: return .failure(.deviceCodeExpired)
        case .refused: return .failure(.deviceRefused)
        case .pending: return .failure(try await wait(device, request))
        case .allowed(let user): return try await grant(device, to: user, request)
        }
    }

    private static func wait(
        _ device: DeviceAuthorization, _ request: GrantRequest
    ) async throws -> TokenRefusal {
        let now = request.now
        let isHasty = device.isHasty(at: now)
        // Whoever asks without end makes no writes without end.
        if !isHasty || device.intervalSeconds < Limits.devicePollLongestSeconds.value {
            try await request.database.write(.bookkeeping("a device has asked")) { writer in
                try DeviceStore.notePoll(device, at: now, in: writer)
            }
        }
        return isHasty ? .slowDown : .authorizationPending
    }

    private static func grant(
        _ device: DeviceAuthorization, to id: UserID, _ request: GrantRequest
    ) async throws -> Result<Grant, TokenRefusal> {
        let user: UserFacts
        switch try await request.user(id, or: TokenRefusal.person) {
        case .success(let found): user = found
        case .failure(let refusal): return .failure(refusal)
        }
        let scopes = try await request.held(device.scopes)
        guard !scopes.isEmpty else { return .failure(.noneHeld(of: device.scopes, by: request.client)) }
        let family = request.newFamily(of: user.id, scopes: scopes, carried: device.carried)
        let now = request.now
        return .success(
            Grant(
                user: user, scopes: scopes, family: family.id, carried: family.carried, signIn: .init(nonce: nil)
            ) { writer, _ in
                guard try DeviceStore.use(device.hash, for: family.id, at: now, in: writer) else {
                    return .failure(.deviceCodeUsed)
                }
                try FamilyStore.begin(family, in: writer)
                return .success(family.first)
            })
    }
}
