import AuditTrail
public import Core
public import Ports
import Storage

extension AuditLog {
    /// What administrators can do with the audit trail: list it, and have it proved.
    public var operations: [Operation] { [list, verifyNow] }

    private var list: Operation {
        Operation(
            "audit-event", .list, roles: [.auditor, .admin],
            says: "Lists chained audit events: the newest first, or those after a number in their order.",
            fields: [
                .optional("after", .int(0...Int64.max), "Only events after this number, oldest first."),
                .optional("most", .int(1...Int64(Limits.pageRows.value)), "How many at most."),
                .optional("action", .oneOf(AuditEvent.Action.allCases.map(\.rawValue)), "Only this kind of event."),
                .optional("target", .text(most: Limits.nameField.value), "Only events about this id or name."),
                .optional("correlation", .text(most: 15), "Only events under this correlation id."),
            ]
        ) { request in
            let wanted = AuditFilter(
                after: request.int("after"), most: request.int("most") ?? Int64(Limits.pageRows.value),
                action: request.text("action") ?? "", target: request.text("target"),
                correlation: request.text("correlation"))
            return ["items": .array(try await database.read { try wanted.events(in: $0) })]
        }
    }

    private var verifyNow: Operation {
        Operation(
            "audit-event", .actOnAll("verify"), roles: [.auditor, .admin],
            says: "Proves the whole audit chain, against a witness if one is given.",
            fields: [
                .optional("witness", .text(most: 512), "A checkpoint line that was kept elsewhere.")
            ]
        ) { request in
            var witness: Checkpoint?
            if let text = request.text("witness") {
                guard let read = Checkpoint(text: text), read.kind == .head else {
                    throw HubError(
                        .invalid, "bad_witness",
                        "\"witness\" is not a checkpoint line. It starts with: linchpin-checkpoint v1")
                }
                witness = read
            }
            return try await verify(witness: witness).json
        }
    }
}

extension AuditLog.Verification {
    /// The verification as operations answer it.
    public var json: JSON {
        var answer: JSONObject = ["intact": false, "chained_to": .null, "pending": .int(pending), "broken_at": .null]
        switch verdict {
        case .intact(_, let last):
            answer["intact"] = true
            answer["chained_to"] = .int(last)
            answer["checkpoint"] = checkpoint.map { .string($0.text) } ?? .null
        case .broken(let fault):
            if fault.reason != .witnessDamaged { answer["broken_at"] = .int(fault.at) }
            answer["reason"] = .string(fault.reason.rawValue)
        }
        if let key { answer["key"] = .string(Hex.encode(key)) }
        answer["says"] = .string(says)
        return .object(answer)
    }
}
