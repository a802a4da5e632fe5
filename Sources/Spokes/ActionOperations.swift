import Core
import Ports

extension Spokes {
    private static var text: Field.Kind { .text(most: Limits.nameField.value) }

    var actionOperations: [Operation] {
        [
            Operation(
                "action", .list, roles: [.connectionAdmin, .auditor],
                says: "Lists the actions of all activated spokes by name.",
                fields: [Paging.after]
            ) { request in
                let active = try await self.activeNames()
                let all = self.catalogue.spokes.filter { active.contains($0.name) }.flatMap { spoke in
                    spoke.actions.map { Self.view($0, of: spoke) }
                }
                return Paging.page(of: all, after: request.text("after"))
            },
            Operation(
                "action", .get, roles: [.connectionAdmin, .auditor],
                says: "Shows what an action takes, answers and needs."
            ) { request in
                let (spoke, action) = try self.find(request.id)
                var view = Self.view(action, of: spoke).object ?? JSONObject()
                view["input_schema"] = action.input.jsonSchema
                view["output_schema"] = action.outputSchema
                return .object(view)
            },
            Operation(
                "action", .act("run"), roles: [.connectionAdmin],
                says:
                    "Runs an action that only reads, to try a connection; changes go through flows. The answer is 200 also "
                    + "where it was refused or failed: its outcome says done, refused, failed, later or unknown.",
                fields: [
                    .required("alias", Self.text, "The alias to run it through."),
                    .optional("input", .object, "Its inputs by name."),
                    .optional(
                        "most", .int(0...Int64(Limits.pageRows.value)), "Of a stream: at most this many items."),
                ]
            ) { try await self.tryOut($0) },
        ]
    }

    /// Runs a read once, through the same gate as a flow's step. What changes something is left to flows, which keep
    /// a journal of what was sent.
    private func tryOut(_ request: OperationRequest) async throws -> JSON {
        let (spoke, action) = try find(request.id)
        guard action.request.method == .get else {
            throw HubError(
                .invalid, "action_changes",
                "\"\(action.name)\" changes something, and only what reads can be run by itself. Put it into a flow.")
        }
        let alias = try request.required("alias")
        // RFC 9396 §3: a detail of the token names the alias with the action.
        guard request.caller.aliases?.contains(where: { $0.isExactly(alias) }) ?? true else {
            throw HubError(
                .forbidden, "details_missing",
                "The token's authorization details do not name this action through the alias \"\(Shown.name(alias))\".")
        }
        let most = request.int("most").map(Int.init) ?? Limits.pageRows.value
        let outcome = try await run(
            ActionCall(
                action: ActionName(spoke: spoke.name, key: action.key), alias: alias,
                input: request.input["input"]?.object ?? JSONObject(), most: most, execution: "", cause: request.cause))
        return action.masked(outcome).json
    }

    private func find(_ name: String) throws -> (spoke: Spoke, action: Action) {
        guard let found = ActionName(name).flatMap(catalogue.find) else {
            throw HubError(
                .notFound, "unknown_action",
                "There is no action \"\(Shown.name(name))\". `linchpin action list` shows them.")
        }
        return found
    }

    private static func view(_ action: Action, of spoke: Spoke) -> JSON {
        var members = action.json.object ?? JSONObject()
        let name = ActionName(spoke: spoke.name, key: action.key).description
        members["id"] = .string(name)
        members["title"] = .string(action.name)
        members["name"] = .string(name)
        members["spoke"] = .string(spoke.name)
        return .object(members)
    }
}

extension ActionOutcome {
    /// How a run ended, for people.
    fileprivate var json: JSON {
        var members: JSONObject = ["outcome": .string(word)]
        if case .done(let output) = self {
            members["output"] = output
            return .object(members)
        }
        members["reason"] = .string(reason)
        members["says"] = .string(says)
        if case .later(_, _, let until) = self { members["until"] = .string(until.rfc3339) }
        return .object(members)
    }
}
