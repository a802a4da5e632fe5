import AuditTrail
import Core
import Ports
import Storage

/// Carries one claimed execution on until it ends, rests, is in doubt or belongs to another hub.
///
/// A step's plan is durable, then the gate is asked, then `sent` is durable, and only then anything leaves. Several
/// steps may be under way at once; each outcome is kept as it lands. A record's change leaves nothing: it and its
/// outcome are one commit.
struct Runner: Sendable {
    let store: ExecutionStore
    let effects: Effects
    let catalogue: any ActionCatalogue
    let seal: ValueSeal
    /// What steps reach: the outside, or for a test run the sandbox.
    let reach: Reach
    let pause: Pause

    /// Goes on from what the journal says.
    ///
    /// Throws what the store or a port throws; then nothing more is written, and the journal says where to go on.
    func run(_ claim: Claim, of flow: FlowDefinition) async throws {
        let machine = ExecutionMachine(
            flow: flow, trigger: claim.execution.trigger, startedAt: claim.execution.startedAt,
            isTest: claim.execution.isTest, repeats: { catalogue.describe($0)?.repeat ?? .ask })
        let (journal, standing) = try await store.load(claim)
        try await withThrowingTaskGroup(of: Landing.self) { group in
            var turn = Run(runner: self, claim: claim, machine: machine, journal: journal, standing: standing)
            do {
                while try await turn.advance(&group) {}
            } catch {
                // What is under way lands and is kept, if it still can be; the first error is the one to tell.
                while let landing = try await group.next() {
                    do { try await turn.keepAfter(landing) } catch { continue }
                }
                throw error
            }
        }
    }

    /// What came of a step that was under way.
    struct Landing: Sendable {
        let leaving: Leaving
        let end: End

        enum End: Sendable {
            /// The step's entry as it is to be kept, and what is audited with it.
            case entry(JournalEntry, [AuditEvent])
            /// Somebody cancelled the execution before it left.
            case cancelled
            case broken(any Error)
        }
    }

    /// Takes one step out of the door, or looks what became of it.
    func perform(
        _ leaving: Leaving, _ machine: ExecutionMachine, _ claim: Claim, dice: UInt64
    ) async -> Landing.End {
        do {
            if leaving.isLook { return .entry(try await look(leaving, machine, claim, dice), []) }
            let planned = leaving.entry
            let cause = claim.execution.cause(at: effects.now())
            let approvals = try await store.approvals(of: leaving, claim, machine.flow)
            let approval = try await reach.standing(approvals, at: cause.now)
            guard let call = try call(leaving, claim, cause, approval) else {
                throw HubError(
                    .internal, "journal_mismatch", "Internal error.", detail: "the plan of a step without work")
            }
            let actions = reach.actions(claim.execution)
            if case .refused(let reason, let says) = try await actions.gate(call) {
                let event = Self.refusal(call, planned, claim, cause, reason)
                return .entry(planned.becoming(.refused, reason: reason, says: planned.withDoubt(says)), [event])
            }
            var sent = planned.becoming(.sent, output: planned.output)
            _ = try await store.keep([sent], of: claim, at: effects.now())
            sent.replaces = nil
            let outcome = try sealed(try await actions.run(call), of: call)
            let around = ExecutionMachine.Circumstances(now: effects.now(), dice: dice)
            return .entry(machine.landed(sent, of: leaving.step, outcome, around), [])
        } catch is CancelAsked {
            return .cancelled
        } catch {
            return .broken(error)
        }
    }

    private func look(
        _ leaving: Leaving, _ machine: ExecutionMachine, _ claim: Claim, _ dice: UInt64
    ) async throws -> JournalEntry {
        let call = try call(leaving, claim, claim.execution.cause(at: effects.now()))
        var found: ActionOutcome?
        if let call { found = try await reach.actions(claim.execution).lookUp(call) }
        let around = ExecutionMachine.Circumstances(now: effects.now(), dice: dice)
        return machine.looked(leaving.entry, of: leaving.step, found, around)
    }

    /// What changes the record of a step; nil for a test run, which changes none.
    func change(_ table: String, _ id: String, _ set: [String: String], _ claim: Claim) -> LocalStep.Change? {
        guard !claim.execution.isTest else { return nil }
        return reach.records.change(
            table: table, sysID: id, set: set, by: claim.execution.cause(at: effects.now()),
            ledBy: claim.execution.lineage)
    }

    /// The call of a step, its sensitive inputs opened; nil for a step that is no action.
    private func call(
        _ leaving: Leaving, _ claim: Claim, _ cause: Cause, _ approval: Approval? = nil
    ) throws -> ActionCall? {
        guard case .action(let step, let input) = leaving.work else { return nil }
        let sensitive = catalogue.describe(step.action)?.sensitiveInputs ?? []
        return ActionCall(
            action: step.action, alias: step.alias, input: try seal.open(sensitive, in: input), most: step.most,
            execution: "\(claim.execution.id)/\(leaving.entry.path)", cause: cause, turn: leaving.entry.laters + 1,
            approval: approval)
    }

    /// An outcome as the journal may hold it.
    private func sealed(_ outcome: ActionOutcome, of call: ActionCall) throws -> ActionOutcome {
        guard case .done(let output) = outcome, let object = output.object,
            let names = catalogue.describe(call.action)?.sensitiveOutputs, !names.isEmpty
        else { return outcome }
        return .done(.object(try seal.seal(names, in: object)))
    }

    private static func refusal(
        _ call: ActionCall, _ planned: JournalEntry, _ claim: Claim, _ cause: Cause, _ reason: String
    ) -> AuditEvent {
        var details: [AuditEvent.Key: String] = [
            .action: call.action.description, .alias: call.alias, .step: planned.path, .reason: reason,
            .flow: claim.execution.flow,
        ]
        if claim.execution.isTest { details[.mode] = "test" }
        return AuditEvent(
            .actionRefused, on: .init("execution", id: claim.execution.id.rawValue, name: claim.execution.flow),
            by: cause, details)
    }
}

/// What steps reach.
struct Reach: Sendable {
    let actions: any ActionRunning
    /// Runs the actions of test runs; it knows no connection.
    let sandbox: any ActionRunning
    let records: any RecordChanging
    let users: any UserDirectory

    /// A test run gets the sandbox, whatever its aliases lead to.
    func actions(_ execution: Execution) -> any ActionRunning { execution.isTest ? sandbox : actions }
}

extension Reach {
    /// A question about calls together with where they go now: the person sees it, and they go nowhere else. Any other
    /// entry as it is.
    func aimed(_ entry: JournalEntry, of execution: Execution) async throws -> JournalEntry {
        guard case .approval = entry.opens, case .object(var input) = entry.input,
            let calls = input["approves"]?.array
        else { return entry }
        var shown: [JSON] = []
        for call in calls {
            guard case .object(var members) = call, let alias = members["alias"]?.string,
                let target = try await actions(execution).target(alias: alias)
            else {
                shown.append(call)
                continue
            }
            members["connection"] = target.shown
            shown.append(.object(members))
        }
        input["approves"] = .array(shown)
        if let problem = JournalValue.problem(.object(input)) {
            return JournalEntry(
                path: entry.path, attempt: entry.attempt, state: .failed, reason: "input_too_large",
                says: "what is to be approved \(problem)")
        }
        var aimed = entry
        aimed.input = .object(input)
        return aimed
    }

    /// Of the approvals of a call the first whose giver might still give it. Where there is none the first of all,
    /// which then does not count.
    func standing(_ found: [StepApproval.Found], at now: Timestamp) async throws -> Approval? {
        for one in found {
            guard let id = one.approver, let user = try await users.user(id.rawValue, at: now), user.id == id,
                one.asks(user)
            else { continue }
            return one.approval
        }
        return found.first?.approval.lapsed
    }
}
