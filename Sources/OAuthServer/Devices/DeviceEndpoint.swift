public import Core
import Keys
import Ports
import Storage

/// Answers devices that ask for a person's yes (RFC 8628 §3.1).
public struct DeviceEndpoint: Sendable {
    let database: any Database
    let effects: Effects
    let scopes: any ScopeDirectory
    let issuer: @Sendable () -> String
    let desk: ClientDesk
    private let asked = MinuteCounter()

    init(
        database: any Database, effects: Effects, scopes: any ScopeDirectory, issuer: @escaping @Sendable () -> String,
        desk: ClientDesk
    ) {
        self.database = database
        self.effects = effects
        self.scopes = scopes
        self.issuer = issuer
        self.desk = desk
    }

    /// The codes for the device and for the person, and where the person types theirs (RFC 8628 §3.2).
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await desk.respond(to: request, at: now, correlation, answer)
    }

    private func answer(_ visit: ClientDesk.Visit) async throws -> Result<TokenResponse, TokenRefusal> {
        let (client, now) = (visit.client, visit.cause.now)
        guard client.settings.grants.contains(GrantType.deviceCode.name) else {
            return .failure(.grantTypeNotAllowed(.deviceCode, by: client))
        }
        guard !visit.isCrowded(asked, most: Limits.devicesOfOneAddress) else {
            return .failure(.devicesTooMany)
        }
        let wanted: [String]
        switch try await client.asked(visit.form["scope"], scopes, ofPerson: true) {
        case .success(let names): wanted = names
        case .failure(let refusal): return .failure(refusal)
        }
        let text = MachineSecret.new(.deviceCode, effects)
        let lives = Int64(Limits.deviceSeconds.value)
        let device = DeviceAuthorization(
            hash: MachineSecret.hash(text), userCode: UserCode(effects), client: client.id, scopes: wanted,
            expiresAt: now.adding(seconds: lives))
        // Nobody answers for it yet; the person's answer records its event.
        let isKept = try await database.write(.bookkeeping("a device asks")) { writer in
            guard try DeviceStore.waiting(for: client.id, at: now, in: writer) < Limits.devicesOfOneClient.value else {
                return false
            }
            guard try DeviceStore.insert(device, in: writer) else {
                throw HubError(.unavailable, "user_code_taken", "The hub is busy. Try again in a moment.")
            }
            return true
        }
        guard isKept else { return .failure(.devicesTooMany) }
        let page = issuer() + OAuthServer.devicePath
        return .success(
            .answered(
                [
                    "device_code": .string(text.reveal { String(decoding: $0, as: UTF8.self) }),
                    "user_code": .string(device.userCode.shown), "verification_uri": .string(page),
                    "verification_uri_complete": .string(page + "?user_code=" + device.userCode.shown),
                    "expires_in": .int(lives), "interval": .int(device.intervalSeconds),
                ], client))
    }
}

extension OAuthServer {
    /// Where people type the code of a device (RFC 8628 §3.3).
    public static let devicePath = "/device"
}
