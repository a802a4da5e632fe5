import AuditTrail
import Core
import Keys
import Ports
import Storage

// What the operations on hooks do.
extension Hooks {
    func list(_ request: OperationRequest) async throws -> JSON {
        let (origin, now) = (origin(), request.cause.now)
        return Paging.answer(
            try await database.read { try HookRows.page(after: request.text("after") ?? "", in: $0) }
                .map { $0.json(origin: origin, at: now) })
    }

    func show(_ request: OperationRequest) async throws -> JSON {
        let (hook, latest) = try await database.read { reader in
            let hook = try HookRows.find(request.id, in: reader)
            return (hook, try HookRows.latest(of: hook.id, in: reader))
        }
        var members = shown(hook, at: request.cause.now).object ?? JSONObject()
        members["latest"] = .array(latest)
        return .object(members)
    }

    func create(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let hook = Hook(
            id: ID<Hook>.new(effects).rawValue, name: try HookChoices.name(try request.required("name")),
            application: request.text("application") ?? "global",
            spoke: try HookChoices.spoke(try request.required("spoke"), protocols), alias: request.text("alias"),
            header: try HookChoices.header(request.text("header") ?? HookChoices.standardHeader),
            types: try HookChoices.types(request.texts("types") ?? []), isActive: true, receivedAt: nil,
            latestPublished: nil, problem: "", problemSays: "", lost: 0, lostAt: nil, createdAt: cause.now,
            updatedAt: cause.now)
        try await database.write(.change) { writer in
            let count = try writer.row("SELECT count(*) AS hooks FROM hook", [])?.int("hooks") ?? 0
            guard count < Limits.hooks.value else {
                throw HubError(
                    .conflict, "too_many_hooks", "There are \(Limits.hooks.value) hooks, which is the most. Delete one."
                )
            }
            guard try HookRows.insert(hook, in: writer) else {
                throw HubError(
                    .conflict, "name_taken",
                    "There is already a hook \(Shown.name(hook.name)). Choose another name.")
            }
            try writer.changed(hook.row, before: nil, after: hook.configuration, by: cause)
        }
        return shown(hook, at: cause.now)
    }

    func update(_ request: OperationRequest) async throws -> JSON {
        let header = try request.text("header").map(HookChoices.header)
        let types = try request.texts("types").map(HookChoices.types)
        guard request.text("alias") == nil || request.bool("no_alias") != true else {
            throw HubError(.invalid, "unfit_field", "Give \"alias\" or \"no_alias\", not both.")
        }
        return try await change(request) { hook in
            let before = hook
            if let alias = request.text("alias") { hook.alias = alias }
            if request.bool("no_alias") == true { hook.alias = nil }
            if let header { hook.header = header }
            if let types { hook.types = types }
            if let active = request.bool("active") { hook.isActive = active }
            // What was sent elsewhere, or to a hook that was off, was not lost here.
            let isOther =
                before.alias != hook.alias || before.types != hook.types || (hook.isActive && !before.isActive)
            guard isOther, hook.verifiedAt != nil else { return }
            hook.expectedSince = request.cause.now
            hook.comparedUntil = nil
        }
    }

    func rotateSecret(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let text = MachineSecret.new(.hookSecret, effects)
        let hash = MachineSecret.hash(text)
        let until = cause.now.adding(seconds: Int64(Limits.hookOldSecretSeconds.value))
        let hook = try await database.write(.change) { writer in
            let before = try HookRows.find(request.id, in: writer)
            try writer.run(
                """
                UPDATE hook SET old_secret = secret, old_secret_until = $2, secret = $3, secret_made_at = $4,
                updated_at = $4 WHERE id = $1
                """,
                [.text(before.id), .int(until.epochMilliseconds), .blob(hash), .int(cause.now.epochMilliseconds)])
            let after = try HookRows.find(before.id, in: writer)
            try writer.changed(after.row, before: before.configuration, after: after.configuration, by: cause)
            try writer.record(AuditEvent(.hookSecretMade, on: after.target, by: cause))
            return after
        }
        return [
            "hook": .string(hook.name), "url": .string(origin() + hook.path), "header": .string(hook.header),
            "secret": .string(text.reveal { String(decoding: $0, as: UTF8.self) }),
            "old_secret_until": hook.oldSecret == nil ? .null : .string(until.rfc3339),
        ]
    }

    func delete(_ request: OperationRequest) async throws -> JSON {
        try await database.write(.change) { writer in
            let hook = try HookRows.find(request.id, in: writer)
            // That its events came is forgotten in time, by the sweep.
            try writer.run("DELETE FROM hook WHERE id = $1", [.text(hook.id)])
            try writer.changed(hook.row, before: hook.configuration, after: nil, by: request.cause)
            return .null
        }
    }

    func shown(_ hook: Hook, at now: Timestamp) -> JSON { hook.json(origin: origin(), at: now) }

    /// Finds the hook, lets the body change it, keeps the history, and answers the hook as it is now.
    private func change(
        _ request: OperationRequest, _ body: @escaping @Sendable (inout Hook) throws -> Void
    ) async throws -> JSON {
        let hook = try await database.write(.change) { writer in
            let before = try HookRows.find(request.id, in: writer)
            var after = before
            try body(&after)
            guard after != before else { return before }
            after.updatedAt = request.cause.now
            try HookRows.update(after, in: writer)
            try writer.changed(after.row, before: before.configuration, after: after.configuration, by: request.cause)
            return after
        }
        return shown(hook, at: request.cause.now)
    }
}

extension Hook {
    var target: AuditEvent.Target { .init("hook", id: id, name: name) }
}
