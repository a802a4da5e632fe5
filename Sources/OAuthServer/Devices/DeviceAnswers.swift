import AuditTrail
public import Core
public import Ports
import Storage

/// What people say to devices (RFC 8628 §3.3), without its pages.
public struct DeviceAnswers: Sendable {
    let database: any Database
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signIns: any SignInReading
    let effects: Effects
    /// RFC 8628 §5.1: wrong codes of one user and from one address.
    let wrongCodes = MinuteCounter()

    /// The device that shows this code; a refusal where none waits for it, or too many codes were wrong.
    ///
    /// - Parameter address: where the person is, a network of one caller.
    public func question(
        _ code: String, to visitor: Authorizing.Visitor, from address: String, at now: Timestamp
    ) async throws -> Result<DeviceQuestion, HubError> {
        try await found(code, by: visitor, from: address, at: now).map(\.question)
    }

    /// Keeps a person's answer, which counts once.
    public func answer(
        _ code: String, allows: Bool, by visitor: Authorizing.Visitor, from address: String, _ cause: Cause
    ) async throws -> Result<DeviceQuestion, HubError> {
        let found: Found
        switch try await self.found(code, by: visitor, from: address, at: cause.now) {
        case .success(let one): found = one
        case .failure(let error): return .failure(error)
        }
        let (device, client, person) = (found.device, found.client, found.person)
        let id = ID<GivenConsent>.new(effects).rawValue
        var carried = device.carried
        carried.signedInAt = visitor.signedInAt
        if device.scopes.contains(ScopeName.openID) { carried.session = visitor.session?.rawValue }
        let event = AuditEvent(
            allows ? .consentGiven : .consentDenied, on: client.target, by: cause,
            [
                .user: person.name, .scope: device.scopes.joined(separator: " "),
                .grantType: GrantType.deviceCode.name,
            ])
        let refusal: HubError? = try await database.write(.change) { [carried, signIns] writer in
            if let session = visitor.session, try !signIns.stands(session, in: writer) { return Self.sessionEnded }
            guard try ClientStore.find(client.id.rawValue, in: writer)?.mayAsk(device.scopes) == true,
                try DeviceStore.answer(
                    device, by: person.id, allows: allows, carried: carried, at: cause.now, in: writer)
            else { return Self.unknown }
            if allows {
                try ClientSessions.note(carried, client.id, person.id, at: cause.now, in: writer)
                try ConsentStore.give(device.scopes, to: client, id: id, by: person.id, at: cause.now, in: writer)
            }
            try writer.record(event)
            return nil
        }
        return refusal.map { .failure($0) } ?? .success(found.question)
    }

    private struct Found: Sendable {
        let device: DeviceAuthorization
        let client: Client
        let person: UserFacts
        let question: DeviceQuestion
    }

    private func found(
        _ code: String, by visitor: Authorizing.Visitor, from address: String, at now: Timestamp
    ) async throws -> Result<Found, HubError> {
        guard let person = try await users.person(visitor, at: now) else { return .failure(Self.mayNot) }
        let (ofUser, ofAddress) = ("user \(person.id.rawValue)", "address \(address)")
        guard wrongCodes.counted(ofUser, at: now) < Limits.userCodesOfOneUser.value,
            wrongCodes.counted(ofAddress, at: now) < Limits.userCodesOfOneAddress.value
        else { return .failure(Self.tooMany) }
        let device: DeviceAuthorization?
        if let code = UserCode(typed: code) {
            device = try await database.read { try DeviceStore.waiting(code, at: now, in: $0) }
        } else {
            device = nil
        }
        guard let device else {
            _ = wrongCodes.count(ofUser, at: now)
            _ = wrongCodes.count(ofAddress, at: now)
            return .failure(Self.unknown)
        }
        let client = try await database.read { try ClientStore.find(device.client.rawValue, in: $0) }
        guard let client, client.mayAsk(device.scopes) else { return .failure(Self.unknown) }
        let purposes = try await scopes.purposes(device.scopes)
        let question = DeviceQuestion(
            client: client.name, user: person.name, scopes: device.scopes.map { ($0, purposes[$0] ?? "") },
            code: device.userCode.shown)
        return .success(Found(device: device, client: client, person: person, question: question))
    }

    private static let unknown = HubError(
        .notFound, .person.userCodeUnknown,
        "No device waits for this code. Compare it with what the device shows, or begin there anew.")
    private static let tooMany = HubError(
        .tooManyRequests, .person.userCodesTooMany, "Too many codes were wrong. Wait for a minute.")
    private static let sessionEnded = HubError(
        .forbidden, .person.sessionEnded, "Your session has ended, so nothing was kept. Sign in and answer again.")
    private static let mayNot = HubError(
        .forbidden, .person.mayNot, "You may not allow this. Ask an administrator.")
}

extension Client {
    fileprivate func mayAsk(_ wanted: [String]) -> Bool { isActive && wanted.allSatisfy(scopes.contains) }
}

extension UserDirectory {
    /// The person who is signed in, as they are now; nil for one who may not act by themselves.
    func person(_ visitor: Authorizing.Visitor, at now: Timestamp) async throws -> UserFacts? {
        guard let user = try await user(visitor.user, at: now), user.isActive, !user.isLocked, !user.isWebServiceOnly
        else { return nil }
        return user
    }
}
