import Core
import Ports

extension Access {
    /// Decides one call. Pure: live traffic and `linchpin explain` ask the same function.
    ///
    /// Default deny: a call that no scope of the token covers is refused, administrative operations too. All checks
    /// are made as far as they make sense, so that the decision lists everything that would have to change.
    public static func decide(_ question: Question) -> Decision {
        var question = question
        question.coveringScopes = question.findCoveringScopes()
        var principal = question.caller.principal
        principal?.aliases = question.aliases
        var checks: [Check] = []
        if case .everyone(let why) = question.need {
            // Nothing was checked, so nobody is known.
            principal = nil
            checks = Check.Name.allCases.map { .notNeeded($0, .everyoneMay(because: why)) }
        } else {
            checks = [
                credential(question), token(question), audience(question), binding(question), client(question),
                user(question), scope(question), details(question), right(question, principal),
            ]
        }
        return Decision(
            checks: checks, deciding: checks.firstIndex { $0.outcome == .failed },
            principal: principal, coveringScope: question.narrowestScope,
            reach: TableReach(principal, question),
            method: question.method, path: question.path)
    }

    private static func credential(_ question: Question) -> Check {
        if case .page = question.need, let refused = noSession(question) { return refused }
        return switch question.caller {
        case .nobody:
            .failed(.credential, .noCredential, "No credential was presented.", flip: [question.presentToken])
        case .unreadable(let reason):
            .failed(
                .credential, .credentialUnreadable, .unreadable(reason: reason),
                flip: [question.presentToken])
        case .socket(let principal):
            .passed(.credential, .ownSocket(user: principal.userName))
        case .token:
            .passed(
                .credential,
                question.possession.isOfScheme
                    ? "A token was presented with the scheme DPoP." : "A Bearer token was presented.")
        case .session(let facts): sessionCredential(facts, question)
        case .basic: basicCredential(question)
        }
    }

    /// A page takes a session and nothing else.
    private static func noSession(_ question: Question) -> Check? {
        switch question.caller {
        case .nobody, .unreadable:
            .failed(.credential, .noCredential, "No session was presented.", flip: [question.signIn])
        case .socket, .token, .basic:
            .failed(
                .credential, .sessionNeeded, "A page takes a session, no other credential.", flip: [question.signIn])
        case .session: nil
        }
    }

    private static func token(_ question: Question) -> Check {
        if case .session(let facts) = question.caller { return session(facts, question) }
        if case .basic(let user) = question.caller { return basic(user, question) }
        guard case .token(let facts) = question.caller else { return notLookedAt(.token, question.caller) }
        guard case .found(let issued) = facts else {
            return .failed(.token, .tokenUnknown, "The token is none of ours.", flip: [question.presentToken])
        }
        if issued.isRevoked {
            return .failed(.token, .tokenRevoked, "The token was revoked.", flip: [.newToken(asking: [])])
        }
        // The end belongs to the time after: `expires_in` seconds after issue it is over.
        guard question.now < issued.expiresAt else {
            return .failed(
                .token, .tokenExpired, .tokenEnded(issued.expiresAt), flip: [.newToken(asking: [])])
        }
        return .passed(.token, .issued(issued.issuedAt, until: issued.expiresAt))
    }

    private static func client(_ question: Question) -> Check {
        guard let issued = question.caller.issued else { return notLookedAt(.client, question.caller) }
        guard issued.clientIsActive else {
            return .failed(
                .client, .clientInactive, .clientIsOff(issued.clientName),
                flip: [.activateClient(issued.clientName)])
        }
        return .passed(.client, .clientIsOn(issued.clientName))
    }

    private static func user(_ question: Question) -> Check {
        if case .session(let facts) = question.caller { return sessionUser(facts, question) }
        if case .basic(let user?) = question.caller { return onAndNotLocked(user) }
        guard let issued = question.caller.issued else { return notLookedAt(.user, question.caller) }
        guard let user = issued.user else {
            return .failed(
                .user, .userMissing, .noUser(client: issued.clientName),
                flip: [.assignUser(role: question.need.roles.first, toClient: issued.clientName)])
        }
        return onAndNotLocked(user)
    }

    private static func onAndNotLocked(_ user: UserFacts) -> Check {
        standing(of: user) ?? .passed(.user, .userIsOn(user.name))
    }

    /// The refusal of a user who is off or locked; nil for all others.
    static func standing(of user: UserFacts) -> Check? {
        var flip: [Change] = user.isActive ? [] : [.activateUser(user.name)]
        if user.isLocked { flip.append(.unlockUser(user.name)) }
        if !user.isActive {
            return .failed(.user, .userInactive, .userIsOff(user.name), flip: flip)
        }
        if user.isLocked { return .failed(.user, .userLocked, .userIsLocked(user.name), flip: flip) }
        return nil
    }

    private static func scope(_ question: Question) -> Check {
        let (method, path) = (question.method, question.path)
        switch question.caller {
        case .socket, .session, .basic: return notLookedAt(.scope, question.caller)
        case .nobody, .unreadable, .token: if case .page = question.need { return notLookedAt(.scope, .nobody) }
        }
        guard question.narrowestScope != nil else {
            return .failed(
                .scope, .scopeMissing, .noScopeCovers(method: method, path: path, near: question.nearScope),
                flip: [.defineScope(method: method, path: path)])
        }
        guard let issued = question.caller.issued else { return notLookedAt(.scope, question.caller) }
        if let scope = question.narrowest(where: { issued.scopes.contains($0) && question.isSignInFresh(for: $0) }) {
            return .passed(.scope, .covered(by: scope, method: method, path: path))
        }
        if let tooOld = signInTooOld(question, issued) { return tooOld }
        return .failed(
            .scope, .scopeMissing, .noScopeCounts(method: method, path: path),
            flip: question.scopeChanges(issued))
    }

    private static func right(_ question: Question, _ principal: Principal?) -> Check {
        let need = question.need
        if case .unknownTable(let name) = need {
            return .failed(
                .right, .tableUnknown, .noTable(name), flip: [.createTable(name)])
        }
        if case .person(let scope) = need { return person(scope, question) }
        if case .page(_, nil) = need {
            guard let principal else { return notLookedAt(.right, question.caller) }
            return .passed(.right, .signedInSuffices(user: principal.userName))
        }
        let roles = need.roles
        guard let least = roles.first else {
            return .failed(
                .right, .roleMissing, .noRoleMay(need), flip: [.openToRole(need.words)])
        }
        guard let principal else { return notLookedAt(.right, question.caller) }
        if let role = roles.first(where: principal.roles.contains) {
            return .passed(.right, .roleMay(role, user: principal.userName, need))
        }
        let flip: Change =
            principal.method == .socket
            ? .callAsUser(role: least) : .grantRole(least, toUser: principal.userName)
        return .failed(
            .right, .roleMissing,
            .lacksRole(user: principal.userName, need), flip: [flip])
    }

    /// OpenID Connect Core 1.0 §5.3: what is told of a person rests on that person's own yes.
    private static func person(_ scope: String, _ question: Question) -> Check {
        let asked = question.caller.issued?.isOfPerson ?? false
        switch question.caller {
        case .token(.found) where asked: return .passed(.right, "The token came of a person's yes.")
        case .token(.found), .socket:
            return .failed(.right, .notOfPerson, "Nobody was asked for this.", flip: [.askPerson(scope: scope)])
        case .nobody, .unreadable, .token(.unknown), .session, .basic: return notLookedAt(.right, question.caller)
        }
    }

    static func notLookedAt(_ name: Check.Name, _ caller: Caller) -> Check {
        switch caller {
        case .socket: .notNeeded(name, "On the hub's own socket this is not asked.")
        case .session(.found): .notNeeded(name, "A session has none: the roles of its user count.")
        case .basic(.some): .notNeeded(name, "A name and a password have none: the roles of their user count.")
        case .nobody, .unreadable, .token, .session(.unknown), .basic(nil):
            .notNeeded(name, "Not looked at: nobody is known yet.")
        }
    }
}
