import Core
import Ports
import Storage

extension Flows {
    /// Who may call them at all; whose approvals they see and decide is settled by each approval.
    static let deciders: [AdminRole] = [.approver, .connectionAdmin]

    var approvalOperations: [Operation] {
        [
            Operation(
                "approval", .list, roles: Self.deciders + [.auditor],
                says: "Lists approvals: the caller's own, or all for administrators of flows and auditors.",
                fields: [
                    .optional(
                        "state", .oneOf(Approvals.State.allCases.map(\.rawValue)),
                        "Only those in this state; pending if left out."),
                    Paging.after,
                ], run: { try await self.listApprovals($0) }),
            Operation(
                "approval", .get, roles: Self.deciders + [.auditor],
                says: "Shows an approval: what is asked, of whom, until when.",
                run: { try await self.showApproval($0) }),
            Operation(
                "approval", .act("decide"), roles: Self.deciders,
                says:
                    "Approves or refuses; only whom it asks for, never who started the execution, and what it approves by "
                    + "name also never who wrote the flow.",
                fields: [
                    .required("outcome", .oneOf(["approve", "refuse"]), "What becomes of it."),
                    .optional("note", .text(most: Limits.sentenceField.value), "Why, for the journal."),
                ], run: { try await self.decideApproval($0) }),
        ]
    }

    private func listApprovals(_ request: OperationRequest) async throws -> JSON {
        try await database.read { reader in
            let page = try Approvals.page(
                request.text("state") ?? "pending", after: request.text("after"), to: request.caller, in: reader)
            return Paging.answer(try page.rows.map(Self.shown), by: "id", cutAt: page.cutAt)
        }
    }

    private func showApproval(_ request: OperationRequest) async throws -> JSON {
        try await database.read { reader in
            let row = try Approvals.visible(request.id, to: request.caller, in: reader)
            guard case .object(var shown) = try Self.shown(row) else { return .null }
            shown["show"] = try ExecutionView.bounded(try row.text("show"))
            shown["approves"] = .array(try self.calls(row))
            shown["note"] = try row.optionalText("note").map { .string($0) } ?? .null
            return .object(shown)
        }
    }

    /// What is approved, call by call.
    private func calls(_ row: SQLRow) throws -> [JSON] {
        guard let text = try row.optionalText("approves") else { return [] }
        let steps = try ExecutionView.bounded(text, most: Limits.journalValueBytes.value).array ?? []
        return steps.flatMap { step -> [JSON] in
            let name = step["action"]?.string ?? ""
            let title = ActionName(name).flatMap { self.catalogue.describe($0)?.title } ?? name
            return (step["with"]?.array ?? []).map { input in
                [
                    "step": step["step"] ?? .null, "title": .string(title), "action": .string(name),
                    "alias": step["alias"] ?? .null, "connection": step["connection"]?["name"] ?? .null,
                    "address": step["connection"]?["url"] ?? .null, "with": input,
                ]
            }
        }
    }

    private func decideApproval(_ request: OperationRequest) async throws -> JSON {
        let decision = Approvals.Decision(
            isApproved: try request.required("outcome") == "approve", note: request.text("note") ?? "",
            caller: request.caller, cause: request.cause)
        try await database.write(.change) { writer in
            try Approvals.decide(request.id, decision, in: writer)
        }
        return try await showApproval(request)
    }

    private static func shown(_ row: SQLRow) throws -> JSON {
        let role = try row.optionalText("role")
        let asks = try role.map { "role \($0)" } ?? "user \(try row.optionalText("user_name") ?? "")"
        return [
            "id": .string(try row.text("id")), "flow": .string(try row.text("flow")),
            "execution": .string(try row.text("execution_id")), "step": .string(try row.text("path")),
            "says": .string(try row.text("says")), "asks": .string(asks), "state": .string(try row.text("state")),
            "requested_at": ExecutionView.moment(try row.int("requested_at")),
            "expires_at": ExecutionView.moment(try row.int("expires_at")),
            "ended_at": ExecutionView.moment(try row.optionalInt("ended_at")),
            "decided_by": try row.optionalText("decided_by").map { .string($0) } ?? .null,
        ]
    }
}
