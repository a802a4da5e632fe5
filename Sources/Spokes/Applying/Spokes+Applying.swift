public import Core
public import Ports

// Setting a least grant up at the provider through its API.
//
// What is done stands in the spoke's file. A plan is read first; only that very plan is carried out, with the token of
// an administrator that lives as long as the call. Each step is looked at once more when its turn comes.
extension Spokes {
    /// Reads what is at the provider, and what would be made or changed there. Changes nothing.
    ///
    /// Throws `HubError`: `no_apply`, `administrator_token_unusable`, `resources_needed`, or `set_up_not_readable` with
    /// the step that could not be read.
    public func planSetUp(
        _ wish: SetUpWish, of connection: ResolvedConnection, administrator: Secret, _ cause: Cause
    ) async throws -> SetUpPlan {
        let (steps, made) = try setUpRun(wish, connection, administrator, cause)
        var run = made
        var planned: [SetUpPlan.Step] = []
        for step in steps {
            do throws(SetUpProblem) { planned += try await run.plan(step) } catch {
                throw HubError(
                    .conflict, "set_up_not_readable",
                    "Step \(step.key.replacing("_", with: " ")) cannot be read: \(error.says) Nothing was changed.")
            }
        }
        return SetUpPlan(steps: planned, credential: run.applying.credential)
    }

    /// Carries a plan out, step by step, and ends at the first that fails. What is done stays; another run looks for it
    /// and goes on behind it.
    ///
    /// - Parameters:
    ///   - plan: as it was shown; a step that would now do more fails.
    ///   - until: when no further request is begun.
    ///   - keeper: keeps what makes a client.
    public func applySetUp(
        _ plan: SetUpPlan, _ wish: SetUpWish, of connection: ResolvedConnection, administrator: Secret, _ cause: Cause,
        until: Timestamp, keeper: SetUpKeeper
    ) async throws -> [SetUpOutcome] {
        let (steps, made) = try setUpRun(wish, connection, administrator, cause)
        var run = made
        run.until = until
        var outcomes: [SetUpOutcome] = []
        for step in steps where outcomes.count < plan.steps.count {
            do { try await apply(step, plan, &run, &outcomes, keeper) } catch {
                // A part of the step may be done: what the next look finds decides.
                outcomes.append(Self.failure(plan.steps[outcomes.count], error))
                break
            }
        }
        return outcomes
            + plan.steps.dropFirst(outcomes.count).map {
                SetUpOutcome(step: $0, state: .notReached, reason: nil, problem: nil)
            }
    }

    private func apply(
        _ step: ApplyStep, _ plan: SetUpPlan, _ run: inout SetUpRun, _ outcomes: inout [SetUpOutcome],
        _ keeper: SetUpKeeper
    ) async throws {
        var planned = try await run.plan(step)
        guard !planned.contains(where: { $0.state == .differs }) else {
            throw SetUpProblem(reason: "differs", says: "What is there under this name is another thing now.")
        }
        if let key = planned.first, key.key == SetUpPlan.keying {
            planned.removeFirst()
            if key.state == .create {
                guard plan.steps[outcomes.count].state == .create else { throw Self.planChanged }
                run.words[Applying.publicKey] = try await keeper.key()
            }
            outcomes.append(outcome(key))
        }
        guard let own = planned.first else { return }
        guard !run.exceeds(own, plan.steps[outcomes.count], step) else { throw Self.planChanged }
        var secret: Secret?
        if own.state != .there { secret = try await run.make(own, step) }
        // What a thing was made with, so that it holds something, goes without a word: nobody had it before.
        var told = own
        if case .items(let items) = step.kind, run.isOwn(items) { told.removes = [] }
        outcomes.append(outcome(told))
        guard planned.count > 1, case .thing(let thing) = step.kind else { return }
        var sealing = planned[1]
        guard let client = run.words[Applying.clientID]?.string, !run.sealed.contains(client) else {
            sealing.state = .there
            return outcomes.append(outcome(sealing))
        }
        guard plan.steps.contains(where: { $0.key == sealing.key && $0.state == .create }) else {
            throw Self.planChanged
        }
        if secret == nil, let seals = thing.seals { secret = try await run.further(seals, step) }
        try await keeper.client(client, secret)
        outcomes.append(outcome(sealing))
    }

    private func outcome(_ step: SetUpPlan.Step) -> SetUpOutcome {
        SetUpOutcome(step: step, state: step.state == .there ? .there : .done, reason: nil, problem: nil)
    }

    /// The words for kinds of clients, the usual one first.
    public static let templates = SetUp.Template.allCases.map(\.rawValue)

    /// Whether an account consents for a client of that kind.
    public static func needsAccount(_ template: String) -> Bool { template != SetUp.Template.serviceApp.rawValue }

    /// The kind of client that is meant: the one that was asked for, else the one that the connection has.
    ///
    /// - Parameter actsForItself: whether that one does; it counts where the spoke's file knows how such a one is set up.
    public func template(_ asked: String?, of spoke: String, actsForItself: Bool) throws -> String {
        if let asked { return asked }
        let isService = try actsForItself && known(spoke).setUp?.serviceApp != nil
        return (isService ? SetUp.Template.serviceApp : .webApp).rawValue
    }

    /// Throws `no_set_up`, `no_template` or `no_apply` where a set-up of that kind cannot be applied.
    public func requireApplying(_ template: String, of spoke: String, for connection: String) throws {
        _ = try applying(SetUp.Template(rawValue: template) ?? .webApp, of: known(spoke), for: connection)
    }

    private func applying(_ template: SetUp.Template, of spoke: Spoke, for connection: String) throws -> Applying {
        guard let setUp = spoke.setUp else {
            throw HubError(
                .conflict, "no_set_up",
                "Spoke \(spoke.name) does not say how a grant is set up. See what has to be granted: linchpin connection "
                    + "grant \(connection)")
        }
        guard let way = setUp.way(template) else { throw Self.noTemplate(template, spoke) }
        guard let applying = way.applying else {
            throw HubError(
                .conflict, "no_apply",
                "Spoke \(spoke.name) does not say how a set-up is applied. Follow the guide: linchpin connection grant "
                    + "\(connection) --as guide")
        }
        return applying
    }

    static func noTemplate(_ template: SetUp.Template, _ spoke: Spoke) -> HubError {
        HubError(
            .conflict, "no_template",
            "Spoke \(spoke.name) does not say how a \(template.rawValue) is set up. Leave the template out, or add it "
                + "to the spoke's file.")
    }

    private static let planChanged = SetUpProblem(
        reason: "plan_changed", says: "This step would now do more than was shown. Look at the plan again.")

    private static func failure(_ step: SetUpPlan.Step, _ error: any Error) -> SetUpOutcome {
        switch error {
        case let problem as SetUpProblem:
            SetUpOutcome(step: step, state: .failed, reason: problem.reason, problem: problem.says)
        case let error as HubError:
            SetUpOutcome(step: step, state: .failed, reason: error.reason, problem: error.message)
        default:
            SetUpOutcome(
                step: step, state: .failed, reason: "store_not_well",
                problem: "The hub's store did not answer. Try again when it is well.")
        }
    }

    private func setUpRun(
        _ wish: SetUpWish, _ connection: ResolvedConnection, _ administrator: Secret, _ cause: Cause
    ) throws -> ([ApplyStep], SetUpRun) {
        let spoke = try known(connection.spoke)
        let applying = try applying(wish.template, of: spoke, for: connection.name)
        let key = try AdministratorToken.required(administrator, spoke)
        let grant = GrantCompiler(spoke: spoke, trustsImpliedScopes: wish.trustsImpliedScopes).compile(wish.actions)
        let chosen = ChosenResources(wish.resources, of: spoke)
        let unreachable = chosen.unreachable(grant)
        guard unreachable.isEmpty else {
            throw HubError(
                .conflict, "resources_needed",
                "Nothing is chosen that these actions could reach: \(unreachable.map(\.action).joined(separator: ", ")). "
                    + "Choose resources first: linchpin connection choose-resources \(connection.name) --add …")
        }
        var words: JSONObject = [
            SetUp.Word.name.rawValue: .string(wish.name), SetUp.Word.url.rawValue: .string(connection.url),
            SetUp.Word.members.rawValue: .texts(chosen.addresses(at: connection.url)),
        ]
        switch wish.template {
        case .webApp:
            words[SetUp.Word.redirect.rawValue] = .string(wish.redirect)
            words[SetUp.Word.account.rawValue] = wish.account.map { .string($0) }
        case .serviceApp: words[Applying.publicKey] = wish.publicKey
        }
        for part in Applying.parts { words[part.rawValue] = .texts(grant.names(of: part)) }
        let run = SetUpRun(
            spoke: spoke, applying: applying, connection: connection, key: key, sealed: wish.sealed,
            foreign: wish.foreign,
            outbound: outbound, log: log, circuits: circuits, effects: effects, cause: cause,
            words: applying.completed(words))
        return (applying.steps.filter { grant.hasAny(of: $0.needs) }, run)
    }
}
