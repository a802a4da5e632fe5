import Core
import Ports
import Spokes
import Storage
import Vault

/// Rotates the secret or the key of a client through its provider's API: added there, sealed here, tested, switched to,
/// and later the old one taken away there and deleted here. A key's private half is made here and never leaves.
///
/// What comes next is decided by `Vault` from what is kept; this carries it out, one durable step after the other. Before
/// each call that changes something, that it was meant is kept; killed at any place, another run goes on from there.
struct SecretRotation: Sendable {
    let parts: Parts

    /// What somebody wants.
    struct Wish: Sendable {
        /// By name or id.
        var credential: String
        /// The connection through which the provider is called; nil for the one that the credential names.
        var through: String?
        /// In place of the connection's own credentials.
        var administrator: Secret?
        /// How long the old secret stays usable after the switch; nil for what is set already.
        var overlapSeconds: Int64?
    }

    /// What one run came to.
    struct Outcome: Sendable {
        /// What was done, in order.
        var steps: [String] = []
        /// When the old secret may go; nil where nothing is left to do.
        var waitsUntil: Timestamp?
        /// Whether what was under way was about secrets that are not here any more, so that nothing came of it.
        var isGivenUp = false
    }

    /// More steps than a rotation has.
    private static let mostSteps = 10

    /// Goes on as far as it can be gone now, and throws `HubError` where it fails; what was done until then stays.
    func run(_ wish: Wish, _ cause: Cause) async throws -> Outcome {
        let first = try await turn(wish)
        let hold = try await parts.database.write(.bookkeeping("who rotates a credential")) { writer in
            try Lease.acquire(
                "rotation:\(first.id)", holder: cause.correlation.text, at: cause.now,
                seconds: Limits.rotationLeaseSeconds.value, in: writer)
        }
        guard let hold else {
            throw HubError(
                .conflict, "rotation_running",
                "Credential \(first.name) is being rotated right now. Look: linchpin credential get \(first.name)")
        }
        // Whoever asked may go; a secret that was made must not get lost for that.
        var own = wish
        own.credential = first.id
        let work = Task { [own] in try await steps(own, cause, hold) }
        return try await work.value
    }

    private func steps(_ wish: Wish, _ cause: Cause, _ hold: Lease.Hold) async throws -> Outcome {
        let result: Result<Outcome, any Error>
        do { result = .success(try await go(wish, cause)) } catch { result = .failure(error) }
        try await parts.database.write(.bookkeeping("who rotates a credential")) { writer in
            try Lease.release(hold, in: writer)
        }
        return try result.get()
    }

    private func turn(_ wish: Wish) async throws -> RotationTurn {
        try await parts.vault.rotationTurn(
            of: wish.credential, through: wish.through, byOwn: wish.administrator == nil)
    }

    private func go(_ wish: Wish, _ cause: Cause) async throws -> Outcome {
        // A call that is begun ends before the lease does.
        let until = cause.now.adding(seconds: Int64(Limits.rotationLeaseSeconds.value))
            .adding(milliseconds: -4 * Int64(Limits.outboundMilliseconds.value))
        if let seconds = wish.overlapSeconds {
            try await parts.vault.setOverlap(of: wish.credential, seconds: seconds)
        }
        var outcome = Outcome()
        for _ in 0..<Self.mostSteps {
            let turn = try await turn(wish)
            let step = later(cause)
            guard step.now < until else { throw Self.timeUp(turn.name) }
            do {
                guard try await take(turn, wish, step, &outcome) else { return outcome }
            } catch let problem as ProviderSecretProblem { throw Self.failed(problem, turn) }
        }
        throw Self.timeUp(try await turn(wish).name)
    }

    /// One step; answers whether another may follow now.
    private func take(
        _ turn: RotationTurn, _ wish: Wish, _ step: Cause, _ outcome: inout Outcome
    ) async throws -> Bool {
        switch turn.act {
        case .stop(let why): throw Self.stopped(why, turn)
        case .wait(let moment):
            try await parts.vault.waitToRetire(of: turn.id, until: moment)
            outcome.waitsUntil = moment
            return false
        case .begin:
            let secrets = try await secrets(turn, wish, step)
            try await add(beside: try await Settlement.inUse(secrets, turn), secrets, turn, step)
            outcome.steps.append(
                turn.client.proof == .key
                    ? "A key was made and sealed here, and its public half added at \(secrets.provider)."
                    : "A successor was made at \(secrets.provider) and sealed here.")
        case .settle(let old, let since):
            outcome.steps.append(try await settle(old, since, turn, wish, step))
        case .test:
            _ = try await SuccessorTest(parts: parts).test(turn.id, through: nil, step)
            outcome.steps.append("The successor works.")
        case .switch:
            try await parts.vault.switchToSuccessor(of: turn.id, step)
            outcome.steps.append("The successor is in use.")
        case .takeAway(let id):
            try await takeAway(id, turn, wish, step)
            let what = turn.client.proof == .key ? "Key" : "Secret"
            outcome.steps.append("\(what) \(Shown.name(id)) is gone at the provider and here.")
            return false
        case .forget:
            try await parts.vault.giveUp(of: turn.id, step)
            outcome.isGivenUp = true
            return false
        }
        return true
    }

    // MARK: At the provider

    private func secrets(_ turn: RotationTurn, _ wish: Wish, _ cause: Cause) async throws -> ProviderSecrets {
        let connection = try await parts.vault.resolve(connection: turn.connectionID)
        // A token goes where the turn was found to lead: the two are read apart.
        guard connection.url == turn.url else {
            throw HubError(
                .conflict, "changed_meanwhile",
                "Connection \(connection.name) was changed at the same moment. Look at it and try again.")
        }
        return try parts.spokes.secrets(
            turn.client.proof, ofClient: turn.client.id, at: connection, administrator: wish.administrator, cause)
    }

    private func add(
        beside old: String, _ secrets: ProviderSecrets, _ turn: RotationTurn, _ cause: Cause
    ) async throws {
        let keyID = Settlement.keyID(turn, begun: cause.now)
        var pair: (secret: Secret, publicKey: JSON)?
        if let keyID { pair = try await parts.vault.makeKeyPair(of: turn.id, keyID: keyID) }
        try await parts.vault.intendToAdd(of: turn.id, beside: old, cause)
        let made: (id: String, secret: Secret)
        if let pair {
            made = (try await secrets.add(pair.publicKey), pair.secret)
        } else {
            made = try await secrets.create()
        }
        try await parts.vault.sealAdded(
            made.secret, id: made.id, keyID: keyID, of: turn.id, begun: cause.now, later(cause))
    }

    /// An answer got lost, or the hub died with it. A list tells whether a successor was made; its text or its private
    /// half is lost then, so it goes, and another one is made.
    private func settle(
        _ old: String, _ since: Timestamp, _ turn: RotationTurn, _ wish: Wish, _ cause: Cause
    ) async throws -> String {
        let secrets = try await secrets(turn, wish, cause)
        let found = try await secrets.list()
        switch Settlement(found, old: old, since: since, keyID: Settlement.keyID(turn, begun: since)) {
        case .nothingMade: break
        case .lost(let id): try await secrets.takeAway(id)
        case .others(let ids): throw Settlement.unexpected(ids, turn)
        }
        try await add(beside: old, secrets, turn, later(cause))
        return "What an interrupted run left at \(secrets.provider) is settled; a successor is sealed here."
    }

    private func takeAway(_ id: String, _ turn: RotationTurn, _ wish: Wish, _ cause: Cause) async throws {
        let secrets = try await secrets(turn, wish, cause)
        try await parts.vault.intendToTakeAway(id, of: turn.id, cause)
        try await secrets.takeAway(id)
        try await parts.vault.retireTakenAway(id, of: turn.id, later(cause))
    }

    private func later(_ cause: Cause) -> Cause { Cause(cause.actor, at: parts.effects.now(), cause.correlation) }

    // MARK: Saying why not

    private static func timeUp(_ name: String) -> HubError {
        HubError(
            .conflict, "time_up",
            "This run took as long as one may take. What is done stays; go on: linchpin credential rotate \(name)")
    }

    private static func failed(_ problem: ProviderSecretProblem, _ turn: RotationTurn) -> HubError {
        let next =
            problem.isDoubt
            ? " The next run looks what came of it: linchpin credential rotate \(turn.name)"
            : " Mend it, then: linchpin credential rotate \(turn.name)"
        return HubError(
            .conflict, problem.reason,
            "The \(turn.client.proof.rawValue) of credential \(turn.name) was not rotated further: "
                + "\(problem.says)\(next)")
    }

    private static func stopped(_ why: RotationStop, _ turn: RotationTurn) -> HubError {
        switch why {
        case .byHand:
            HubError(
                .conflict, "rotation_open",
                "Somebody is rotating credential \(turn.name) by hand. End that first; what comes next: linchpin "
                    + "credential get \(turn.name)")
        case .goneBack:
            HubError(
                .conflict, "gone_back",
                "Somebody went back to the old \(turn.client.proof.rawValue) of credential \(turn.name), so nothing goes on "
                    + "by itself. Drop the successor: linchpin credential drop-successor \(turn.name). The next run takes it away at the provider."
            )
        case .untested:
            HubError(
                .conflict, "switched_untested",
                "Somebody put the new \(turn.client.proof.rawValue) of credential \(turn.name) to use untested, so the old "
                    + "one is not taken away by itself. If the new one works, retire the old one: linchpin credential "
                    + "retire \(turn.name). The next run takes it away at the provider.")
        }
    }
}
